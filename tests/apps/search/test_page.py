from __future__ import annotations

import re

import numpy as np
import pytest
from helpers.spaces import TOY

from apps.search.page import page
from apps.search.plots import curve, ranking, strip
from squeezeseg.networks import SearchRecord
from squeezeseg.search.run.log import Log
from squeezeseg.search.run.ranking import Ranked
from squeezeseg.search.run.result import write_result
from squeezeseg.search.run.settings import SearchSettings
from squeezeseg.search.table.latency_table import LatencyTable
from squeezeseg.search.table.target import Target

TABLE = LatencyTable(Target("Some <b>processor</b>", (), "openvino", "int8", 1, {}), 64, 512, "2026-01-01T00:00:00")
SETTINGS = SearchSettings(latency=2e-3)
LOG = Log(
    loss=[(1, 2.0, 1e-3), (2, 1.5, 1.5e-3)],
    distributions=[
        (1, [[0.5, 0.5], [0.5, 0.5], [1.0], [0.3, 0.3, 0.4], [0.3, 0.3, 0.4]]),
        (2, [[0.5, 0.5], [0.25, 0.75], [1.0], [0.1, 0.7, 0.2], [0.3, 0.3, 0.4]]),
    ],
    ranked=[Ranked((0, 1, 0, 1, 2), 1.5e-3, 0.9, 0.4), Ranked((0, 0, 0, 0, 0), 1e-3, 1.1, None)],
)


@pytest.fixture
def written(tmp_path):
    search = SearchRecord(str(TABLE.target), SETTINGS.latency, 1.5, 0)
    found = write_result(tmp_path, SETTINGS, TOY, LOG.ranked, search)
    return page(LOG, SETTINGS, TOY, found, TABLE, 90.0)


def test_each_decision_that_there_is_to_make_is_shown(written):
    assert re.findall(r"<h3>(.*?)</h3>", written) == ["frame", "row 1 width", "row 1 layer 1", "row 1 layer 2"]


def test_the_last_probabilities_are_told_and_the_best_is_marked(written):
    rows = re.findall(r"<tr( class=taken)?><td>([^<]*)</td><td><svg.*?</svg></td><td>(\d+)&nbsp;%", written)
    assert [(text, share) for _, text, share in rows[4:7]] == [("res", "10"), ("ir_k3_e1", "70"), ("skip", "20")]
    assert [text for marked, text, _ in rows if marked] == ["fold_n8 conv_k3 ... unfold", "32", "ir_k3_e1", "skip"]


def test_it_needs_nothing_else_and_names_are_only_text(written):
    assert not re.search(r'(src|href)="(?!data:)', written)
    assert "Some &lt;b&gt;processor&lt;/b&gt;" in written
    assert "NaN" not in written


def test_a_network_without_a_score_has_a_dash(written):
    assert "<td>toy-2ms-2</td><td>1</td><td>1.100</td><td>-</td>" in written


def test_a_strip_is_darker_where_a_share_is_larger():
    assert re.findall(r'opacity="([\d.]+)"', strip([0.1, 0.9], "res")) == ["0.100", "0.900"]


def test_a_long_curve_has_few_points():
    path = re.search(r'd="(M[^"]*)"/></svg>', curve(range(1, 5001), list(np.linspace(2, 1, 5000)), "loss"))[1]
    assert 100 < path.count("L") <= 200


def test_a_curve_shows_its_bound():
    assert curve([1, 2], [1.0, 2.0], "ms", bound=3.0).count('class="bound"') == 1


@pytest.mark.parametrize("points", [[], [(1.0, 2.0, True)], [(1.0, 2.0, True), (1.0, 2.0, False)]], ids=len)
def test_networks_ranked_are_marks(points):
    assert ranking(points).count("<circle") == len(points)
