import os

from tickcast.bench.cores import divide, divided


def test_the_server_has_a_core_to_itself_where_there_are_two() -> None:
    cores = divide({0, 1, 2})
    assert len(cores.server) == 1
    assert cores.server | cores.shared == {0, 1, 2}
    assert not cores.server & cores.shared


def test_one_core_is_shared_and_the_note_says_so() -> None:
    cores = divide({3})
    assert cores.server == cores.shared == {3}
    assert "shares" in cores.note


def test_this_process_leaves_the_server_s_core_and_comes_back() -> None:
    before = os.sched_getaffinity(0)
    with divided() as cores:
        assert os.sched_getaffinity(0) == cores.shared
    assert os.sched_getaffinity(0) == before
