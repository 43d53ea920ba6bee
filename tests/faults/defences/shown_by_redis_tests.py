"""Defences of connections to Redis that a test shows, and no fault in one short run."""

from tests.faults.defences.mutation import Mutation

REDIS = (
    Mutation(
        "a script that Redis has forgotten is sent whole",
        "runtime/redis/client.py",
        'self.execute(keys[0], "EVAL", source',
        'self.execute(keys[0], "EVALSHA", self._sha(source)',
        test="tests/runtime/redis/test_client.py::test_a_script_runs_whether_redis_knows_it_or_not",
    ),
    Mutation(
        "a refusal after a success is an outage",
        "runtime/redis/recognition.py",
        "if failure in REFUSALS and not trusted:",
        "if failure in REFUSALS:",
        test="tests/publisher/test_publishing_outage.py"
        "::test_a_right_that_is_taken_away_is_waited_for_and_nothing_is_lost",
    ),
    Mutation(
        "a refusal by Sentinels or nodes after a success is an outage",
        "runtime/redis/client.py",
        "raise (error.as_outage() if self._standing.has_answered else error) from None",
        "raise error",
        test="tests/runtime/redis/test_login.py::test_nodes_that_refuse_after_a_success_are_an_outage",
    ),
    Mutation(
        "the password is read at each connection",
        "runtime/redis/login.py",
        "        password = self._password if self._file is None else _read(self._file)\n",
        "        if self._file is not None and not self._password:\n"
        "            self._password = _read(self._file)\n"
        "        password = self._password\n",
        test="tests/runtime/redis/test_login.py::test_a_new_connection_has_the_newest_password",
    ),
    Mutation(
        "all connections lead to one process of Redis",
        "runtime/redis/server.py",
        "elif run_id != self._run_id:",
        "elif False:",
        test="tests/runtime/redis/test_server.py",
    ),
    Mutation(
        "a replaced master is left",
        "runtime/redis/client.py",
        "            await self._leave_moved()\n",
        "",
        test="tests/runtime/redis/test_server.py"
        "::test_a_subscription_at_a_master_that_was_replaced_ends_when_commands_find_the_new_one",
    ),
)
