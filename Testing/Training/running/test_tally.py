"""A phase tells which piece it works on, of how many, and the time left."""

from __future__ import annotations

from MotionQCTraining.running.tally import Tally


def test_the_time_left_is_that_of_the_pieces_worked_on() -> None:
    told: list[str] = []
    now = [0.0]
    tally = Tally(10, told.append, clock=lambda: now[0])
    for number in range(5):
        tally.next()
        if number >= 2:  # the first two are there already
            tally.tell(f"piece {number}")
            now[0] += 30
    assert told == [
        "piece 2 (3 of 10)",
        "piece 3 (4 of 10, 4 min left)",
        "piece 4 (5 of 10, 3 min left)",
    ]


def test_lines_come_no_more_often_than_asked_for() -> None:
    told: list[str] = []
    now = [0.0]
    tally = Tally(10, told.append, every_s=5, clock=lambda: now[0])
    for number in range(10):
        tally.next()
        tally.tell(f"piece {number}")
        now[0] += 2
    assert [line.split()[1] for line in told] == ["0", "3", "6", "9"]
