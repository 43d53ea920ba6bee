"""The status line of `up`."""

from tickcast.cli.up.status_line import GatewayMetrics, read_metrics, status_line

PAGE = """# TYPE tickcast_gateway_clients gauge
tickcast_gateway_clients 3.0
# TYPE tickcast_gateway_ticks_in_total counter
tickcast_gateway_ticks_in_total{partition="0"} 100.0
tickcast_gateway_ticks_in_total{partition="1"} 50.0
# TYPE tickcast_gateway_ticks_out_total counter
tickcast_gateway_ticks_out_total 400.0
# TYPE tickcast_gateway_lag_seconds gauge
tickcast_gateway_lag_seconds 0.004
"""


def test_a_page_of_metrics_is_read_and_summed_over_labels() -> None:
    assert read_metrics(PAGE) == GatewayMetrics(3, 150, 400, 0.004)


def test_gateways_add_up_but_read_the_same_feed() -> None:
    before = [GatewayMetrics(1, 100, 0, 0), GatewayMetrics(1, 100, 0, 0)]
    now = [GatewayMetrics(1, 300, 200, 0.001), GatewayMetrics(2, 300, 400, 0.002)]
    line = status_line(before, now, 2.0)
    assert line == "3 clients · 100 ticks/s in · 300 out · lag 2.0 ms · 2 of 2 gateways"


def test_a_restarted_or_silent_gateway_shows_no_negative_rate() -> None:
    line = status_line(
        [GatewayMetrics(1, 900, 900, 0), GatewayMetrics()], [GatewayMetrics(0, 10, 5, 0), None], 1.0
    )
    assert line == "0 clients · 0 ticks/s in · 0 out · lag 0.0 ms · 1 of 2 gateways"
