"""When a connection is read: not while requests that came together wait as bytes."""

from uvicorn.protocols.http.flow_control import FlowControl


class HeldFlow(FlowControl):
    """uvicorn's flow control of a connection, which reads nothing while requests wait as bytes."""

    held = False
    """Whether they do."""

    def resume_reading(self) -> None:
        """Read on, unless bytes are held."""
        if not self.held:
            super().resume_reading()
