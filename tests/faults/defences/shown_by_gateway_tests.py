"""Defences of the gateway that no fault shows in one short run: without each, a test of its part fails."""

from tests.faults.defences.mutation import Mutation

GATEWAY = (
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
        "the bars that wait for a turn are bounded",
        "gateway/fanout/group.py",
        "self.bars_bounded = key.interval > EVERY_BAR",
        "self.bars_bounded = False",
        test="tests/gateway/fanout/test_hub_bars.py",
    ),
    Mutation(
        "bars that wait come before a gap",
        "gateway/fanout/hub.py",
        "            if group.waiting_bars or group.bars_lost:\n                self._take_turn(group)",
        "            if False:\n                self._take_turn(group)",
        test="tests/gateway/fanout/test_hub_bars.py"
        "::test_bars_that_waited_for_their_turn_come_before_a_gap_of_the_feed",
    ),
    Mutation(
        "a stream that makes no progress is cut",
        "gateway/streams/slow_consumer.py",
        "elif now - subscriber.since > self._stall:",
        "elif False:",
        test="tests/gateway/streams/test_slow_consumer.py::test_a_client_that_makes_no_progress_is_cut",
    ),
    Mutation(
        "newest values that are none are left out",
        "gateway/feed/validation.py",
        "if is_tick(symbol, json) and partition_of",
        "if True or partition_of",
        test="tests/gateway/feed/test_feed_poison.py::test_poisoned_last_values_and_instruments_are_left_out",
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
        "an address has so much work done and no more",
        "gateway/limits/work.py",
        "        if not wait:\n            return\n",
        "        if True:\n            return\n",
        test="tests/gateway/limits/test_work.py"
        "::test_an_address_may_owe_a_burst_and_then_waits_until_that_is_paid_off",
    ),
    Mutation(
        "a replay waits for the share of its address",
        "gateway/streams/send_queue.py",
        "not subscriber.lagged and (wait := payers.wait())",
        "not subscriber.lagged and (wait := 0.0)",
        test="tests/gateway/streams/test_work.py"
        "::test_a_replay_waits_while_its_address_has_had_its_share_and_is_exact_then",
    ),
    Mutation(
        "a subject pays for what was done before it was known",
        "gateway/limits/payers.py",
        "self._work.charge_besides(share, self._so_far)",
        "pass",
        test="tests/gateway/limits/test_payers.py"
        "::test_a_subject_pays_for_what_was_done_before_it_was_known_too",
    ),
    Mutation(
        "counts of streams that are missing are not taken for none",
        "gateway/cluster/stream_counts.py",
        "None if digest[0] in lost else totals[digest]",
        "totals[digest]",
        test="tests/gateway/cluster/test_stream_counts.py"
        "::test_lost_counts_are_known_to_be_lost_until_they_are_told_again",
    ),
    Mutation(
        "limits are divided while the list of gateways cannot be read",
        "gateway/cluster/uses.py",
        "        self._set_away(True)\n",
        "",
        test="tests/gateway/cluster/test_uses_parts.py"
        "::test_without_a_list_limits_are_divided_by_those_last_seen",
    ),
    Mutation(
        "a time of sending ahead of Redis's clock is not believed",
        "gateway/feed/state.py",
        "if ahead <= STEP * 1e6:",
        "if True:",
        test="tests/gateway/feed/test_state.py::test_a_forged_time_of_sending_makes_no_age_and_no_clock",
    ),
    Mutation(
        "no other gateway is asked about a forged id",
        "gateway/streams/stream_ids.py",
        "if hmac.compare_digest(mac, _text(each)[:MAC]):",
        "if True:",
        test="tests/gateway/streams/test_stream_ids.py::test_nothing_of_an_id_can_be_changed",
    ),
    Mutation(
        "what gateways send each other is signed",
        "gateway/cluster/messages.py",
        'if not key.has_signed(mac, b"message", found[1], body):',
        "if False:",
        test="tests/gateway/cluster/test_messages.py::test_nothing_of_a_message_can_be_changed",
    ),
    Mutation(
        "an ask is taken once",
        "gateway/cluster/taken.py",
        "if number in self._numbers:",
        "if False:",
        test="tests/gateway/cluster/test_control_forged.py"
        "::test_a_number_is_remembered_as_long_as_its_ask_is_fresh",
    ),
)
