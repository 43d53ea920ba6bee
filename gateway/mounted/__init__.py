"""A gateway inside an application of Starlette or FastAPI, as a part of its process."""
