"""Defences that no fault shows in one short run: without each, a test of its part fails."""

from tests.faults.defences.mutation import Mutation

TESTS = (
    Mutation(
        "a resume needs the log of its partition alone",
        "gateway/store/ring.py",
        "            if number is None:\n                return None\n            found.append(number)",
        "            if number is None or number < self.floor:\n"
        "                return None\n"
        "            found.append(number)",
        test="tests/gateway/feed/test_loss.py::test_a_gateway_that_starts_serves_every_cursor_of_the_log",
    ),
    Mutation(
        "a stream that ends says bye",
        "gateway/streams/closing.py",
        "return events.bye(reason, wait, cursor)",
        'return b""',
        test="tests/gateway/streams/test_drain.py::test_an_old_stream_is_closed_and_says_so",
    ),
    Mutation(
        "who waits for a turn hears heartbeats",
        "gateway/streams/heartbeat.py",
        "            if group.conflates:\n                # Its",
        "            if False:\n                # Its",
        test="tests/gateway/streams/test_heartbeat.py",
    ),
    Mutation(
        "the age of a proof is that of its batch",
        "gateway/feed/proof.py",
        "return (now * 1e6 + self.offset - self.proved) / 1e6",
        "return now - self.moved",
        test="tests/gateway/feed/test_state.py::test_what_arrives_late_is_not_live_however_much_arrives",
    ),
    Mutation(
        "an age that is not known is no proof",
        "gateway/feed/proof.py",
        "return age is not None and -STEP <= age <= max_lag",
        "return age is None or -STEP <= age <= max_lag",
        test="tests/gateway/feed/test_state.py::test_it_is_live_only_once_connected_loaded_and_heard_of",
    ),
    Mutation(
        "connections wait while descriptors are few",
        "gateway/transport/acceptor.py",
        "return lowest < self._most",
        "return True",
        test="tests/gateway/test_descriptors.py"
        "::test_connections_that_ask_for_nothing_wait_and_leave_redis_its_own",
    ),
    Mutation(
        "a group that nobody is in goes",
        "gateway/fanout/hub.py",
        "            self.index.remove(group)",
        "            pass",
        test="tests/gateway/fanout/test_hub.py::test_nothing_is_left_of_those_who_have_gone",
    ),
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
        "a reload forgets what Redis lacks",
        "gateway/store/last_values.py",
        "        for key in gone:\n            del self._values[key]\n",
        "",
        test="tests/gateway/feed/test_loss.py::test_who_comes_after_a_loss_is_sent_nothing_of_before",
    ),
    Mutation(
        "a loss in all partitions is one gap",
        "gateway/feed/reload.py",
        'await self._lost(partition) if reason == "feed" else []',
        "[]",
        test="tests/gateway/feed/test_loss.py::test_a_loss_in_all_partitions_is_one_gap",
    ),
    Mutation(
        "a stream outside its group is told what the feed lost",
        "gateway/fanout/gaps.py",
        "for reason, last in self._numbers.items() if number < last",
        "for reason, last in self._numbers.items() if False",
        test="tests/gateway/streams/test_missed.py",
    ),
    Mutation(
        "bars that wait come before a gap",
        "gateway/fanout/hub.py",
        "            if group.waiting_bars:\n                self._take_turn(group)",
        "            if False:\n                self._take_turn(group)",
        test="tests/gateway/fanout/test_hub_bars.py"
        "::test_bars_that_waited_for_their_turn_come_before_a_gap_of_the_feed",
    ),
    Mutation(
        "a script that Redis has forgotten is sent whole",
        "runtime/redis/client.py",
        'self.execute(keys[0], "EVAL", source',
        'self.execute(keys[0], "EVALSHA", self._sha(source)',
        test="tests/runtime/redis/test_client.py::test_a_script_runs_whether_redis_knows_it_or_not",
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
        "a refusal after a success is an outage",
        "runtime/redis/errors.py",
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
        "a stream that makes no progress is cut",
        "gateway/streams/slow_consumer.py",
        "elif now - subscriber.since > self._stall:",
        "elif False:",
        test="tests/gateway/streams/test_slow_consumer.py::test_a_client_that_makes_no_progress_is_cut",
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
        "newest values that are none are left out",
        "gateway/feed/validation.py",
        "if is_line(symbol, json) and partition_of",
        "if True or partition_of",
        test="tests/gateway/feed/test_feed_poison.py::test_poisoned_last_values_and_instruments_are_left_out",
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
        "a cursor of an unknown epoch waits for Redis",
        "gateway/streams/resume.py",
        "if cursor is not None and self.unknown.add(subscriber, cursor, request):",
        "if cursor is not None and False:",
        test="tests/gateway/streams/test_unknown_epoch.py"
        "::test_a_gateway_that_slept_through_a_loss_sets_nobody_back",
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
    Mutation(
        "nobody is set back in a partition whose log goes on",
        "gateway/store/ring.py",
        "if theirs > ours and epochs[partition] == self._epochs[partition]:",
        "if theirs > ours and cursor.epoch == self._epoch:",
        test="tests/gateway/streams/test_waiting.py"
        "::test_a_new_epoch_of_one_partition_takes_nobody_back_in_another",
    ),
    Mutation(
        "an epoch that is lost as it begins is waited out",
        "gateway/feed/backfill.py",
        "elif (not part.buffered or not state.epoch) and part",
        "elif not part.buffered and part",
        test="tests/gateway/feed/test_loss.py"
        "::test_an_epoch_that_is_lost_as_it_begins_is_no_gap_before_the_next",
        also=(
            (
                "gateway/feed/reload.py",
                "            if not state.epoch:\n"
                "                continue  # lost again meanwhile: the partition waits for the next epoch\n",
                "",
            ),
        ),
    ),
    Mutation(
        "bars of lost ticks are left out",
        "gateway/feed/reload.py",
        "if symbol_of(bar[0]) in known",
        "if bar",
        test="tests/gateway/feed/test_loss.py::test_bars_of_ticks_that_redis_has_lost_are_sent_to_nobody",
    ),
    Mutation(
        "the log is searched from its newest batch",
        "publisher/bars/recovery.py",
        'floor, top = START, "+"',
        'floor, top = Position(max(0, writer.newest.ms - lookback), 0), "+"',
        test="tests/publisher/bars/test_recovery.py::test_ticks_are_counted_however_long_nobody_led",
    ),
    Mutation(
        "a partition whose log is still read is not served",
        "gateway/feed/state.py",
        "        self._parts[partition].whole = whole\n",
        "        self.loaded(partition, whole)\n",
        test="tests/gateway/feed/test_feed_start.py"
        "::test_nobody_is_sent_values_that_the_log_still_turns_back",
    ),
    Mutation(
        "a replay keeps the client's place in every partition",
        "gateway/streams/replay.py",
        "Standing(ring, came) if came and self.count else None",
        "None",
        test="tests/gateway/streams/test_other_order.py"
        "::test_a_client_that_is_cut_in_its_replay_gets_every_tick_once_on_any_gateway",
    ),
    Mutation(
        "ticks that no bar can count are a gap",
        "publisher/bars/recovery.py",
        "    if any(search.lacks(",
        "    if False and any(search.lacks(",
        test="tests/publisher/bars/test_recovery.py::test_a_hole_in_the_bars_is_a_gap_to_readers",
    ),
)
