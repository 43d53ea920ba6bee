"""Defences of publishers and of their scripts in Redis that a test shows, and no fault in one short run."""

from tests.faults.defences.mutation import Mutation

PUBLISHER = (
    Mutation(
        "an older writer is fenced off",
        "wire/publish.lua",
        "if fence ~= ARGV[1] then",
        "if false then",
        test="tests/wire/test_scripts.py::test_an_older_writer_is_fenced_off_and_a_newer_one_goes_on",
    ),
    Mutation(
        "a late request for the lease is void",
        "publisher/lease.py",
        " or now > tonumber(ARGV[4])",
        "",
        test="tests/publisher/test_lease.py::test_a_request_for_the_lease_is_void_when_it_comes_late",
    ),
    Mutation(
        "a repeated batch is written once",
        "wire/publish.lua",
        "if count > 0 and held[4] == ARGV[4] and epoch == ARGV[2] then",
        "if false then",
        test="tests/wire/test_scripts.py::test_a_repeated_batch_is_written_once",
    ),
    Mutation(
        "a batch is not repeated at a promoted replica",
        "wire/publish.lua",
        "if count > 0 and ARGV[14] == '1' and",
        "if false and",
        test="tests/wire/test_scripts.py::test_a_batch_repeated_at_a_promoted_replica_is_refused",
    ),
    Mutation(
        "the log gives way when Redis is full",
        "wire/publish.lua",
        "  redis.call('XTRIM', log, 'MAXLEN', left)\n",
        "",
        test="tests/wire/test_scripts_full.py::test_each_refused_batch_makes_the_log_shorter",
    ),
    Mutation(
        "missing newest ticks are noticed by the leader",
        "wire/publish.lua",
        "if ticks < (tonumber(held[5] or '') or 0) then",
        "if false then",
        test="tests/wire/test_scripts_partial.py"
        "::test_a_key_that_lacks_values_is_named_before_anything_is_written",
    ),
    Mutation(
        "a key of another type is moved aside",
        "wire/claim.lua",
        "if types[at] ~= 'none' and types[at] ~=",
        "if false and types[at] ~=",
        test="tests/publisher/test_publishing_rubbish.py"
        "::test_a_key_of_another_type_is_named_and_moved_aside",
    ),
    Mutation(
        "a token from the future is void",
        "wire/publish.lua",
        " and token <= ms + 3600000",
        "",
        test="tests/publisher/test_publishing_rubbish.py::test_the_leader_goes_on_over_rubbish",
    ),
    Mutation(
        "ids count up when a clock goes back",
        "wire/publish.lua",
        "if ms > tonumber(other_ms) then",
        "if true then",
        test="tests/wire/test_scripts.py::test_ids_go_on_above_the_newest_when_the_clock_was_set_back",
    ),
    Mutation(
        "an epoch without its newest values is not continued",
        "wire/claim.lua",
        " and not lacks(last, held[5]) and not lacks(bars, held[6])",
        "",
        test="tests/wire/test_scripts.py::test_an_epoch_whose_newest_values_are_missing_is_not_continued",
    ),
    Mutation(
        "the log outlives its epoch for the bars",
        "wire/claim.lua",
        "    redis.call('RENAME', log, ended)\n",
        "    redis.call('DEL', log)\n",
        test="tests/publisher/bars/test_recovery.py"
        "::test_ticks_in_the_log_are_counted_after_a_restart_of_redis_too",
    ),
    Mutation(
        "the log is searched from its newest batch",
        "publisher/bars/recovery.py",
        'floor, top = START, "+"',
        'floor, top = Position(max(0, writer.newest.ms - lookback), 0), "+"',
        test="tests/publisher/bars/test_recovery.py::test_ticks_are_counted_however_long_nobody_led",
    ),
    Mutation(
        "ticks that no bar can count are a gap",
        "publisher/bars/recovery.py",
        "    if any(search.lacks(",
        "    if False and any(search.lacks(",
        test="tests/publisher/bars/test_recovery.py::test_a_hole_in_the_bars_is_a_gap_to_readers",
    ),
    Mutation(
        "a token that no publisher has got is outbid",
        "publisher/script_calls.py",
        'if answer[0] == b"fenced" and await self._has_outbid(int(answer[1])):',
        "if False:",
        test="tests/publisher/test_publishing_rubbish.py"
        "::test_a_token_that_no_publisher_has_is_outbid_and_readers_hear_nothing_of_it",
    ),
    Mutation(
        "what another program wrote among the values is mended",
        "publisher/writer.py",
        "            await self._mending.step()",
        "            pass",
        test="tests/publisher/test_publishing_rubbish.py::test_what_was_mended_is_counted_and_named",
    ),
)
