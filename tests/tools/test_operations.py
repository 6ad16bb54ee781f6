"""The files of `operations/` fit each other, and the rules that Google's reference has for them.

https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies,
https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics
"""

import json
import re
from datetime import timedelta
from itertools import combinations

import pytest

from firepod.domain.looks import GIVE_UP_AFTER
from firepod.parameters import EXECUTION_TIMEOUT_SECONDS, QUEUE_TTL_SECONDS
from tools.alerts import wanted

WANTED = wanted.read()
CHARTS = [
    query
    for tile in WANTED.dashboard["mosaicLayout"]["tiles"]
    for one in tile["widget"].get("xyChart", {}).get("dataSets", ())
    for query in [one["timeSeriesQuery"]]
]
FILTER = re.compile(
    r'metric\.type="logging\.googleapis\.com/user/(\w+)" AND resource\.type="cloud_run_revision"'
    r'((?: AND metric\.labels\.\w+=(?:"\w+"|monitoring\.regex\.full_match\("[^"]+"\)))*)'
)
SUM = re.compile(
    r"sum\(increase\(logging_googleapis_com:user_(\w+)_sum"
    r'\{monitored_resource="cloud_run_revision"\}\[1h\]\)\)(?: > \d+)?'
)
COUNTS, DISTRIBUTIONS = ("INT64", "DISTRIBUTION")


def seconds(duration):
    assert re.fullmatch(r"\d+s", duration)
    return int(duration[:-1])


def conditions(kind):
    return [
        pytest.param(name, one[kind], id=f"{name}: {one['displayName']}")
        for name, alert in WANTED.alerts.items()
        for one in alert["conditions"]
        if kind in one
    ]


def metric_of(text, used_labels=()):
    """The metric that a filter of monitoring reads; all that it names is there."""
    found = FILTER.fullmatch(text)
    assert found, text
    metric = WANTED.metrics[found[1]]
    labels = re.findall(r"metric\.labels\.(\w+)=", found[2])
    labels += [label.removeprefix("metric.label.") for label in used_labels]
    assert set(labels) <= set(metric.get("labelExtractors", ())), text
    return metric


def check_series(text, aggregation):
    metric = metric_of(text, aggregation.get("groupByFields", ()))
    how = aggregation["perSeriesAligner"], aggregation["crossSeriesReducer"]
    allowed = {
        COUNTS: {("ALIGN_DELTA", "REDUCE_SUM")},
        DISTRIBUTIONS: {
            ("ALIGN_DELTA", "REDUCE_PERCENTILE_50"),
            ("ALIGN_DELTA", "REDUCE_PERCENTILE_95"),
            ("ALIGN_PERCENTILE_99", "REDUCE_MAX"),
        },
    }
    assert how in allowed[metric["metricDescriptor"]["valueType"]], text
    assert seconds(aggregation["alignmentPeriod"]) % 60 == 0


@pytest.mark.parametrize(("name", "metric"), WANTED.metrics.items())
def test_a_metric_takes_what_it_declares_out_of_the_line(name, metric):
    assert re.fullmatch(r"firepod_[a-z_]+", name)
    descriptor = metric["metricDescriptor"]
    assert {one["key"] for one in descriptor.get("labels", ())} == set(
        metric.get("labelExtractors", ())
    )
    assert descriptor["metricKind"] == "DELTA"
    distribution = descriptor["valueType"] == DISTRIBUTIONS
    assert distribution == ("valueExtractor" in metric) == ("bucketOptions" in metric)


@pytest.mark.parametrize(("name", "condition"), conditions("conditionThreshold"))
def test_a_threshold_is_of_a_metric_that_is_there(name, condition):
    [aggregation] = condition["aggregations"]
    check_series(condition["filter"], aggregation)
    if "denominatorFilter" in condition:
        [below] = condition["denominatorAggregations"]
        check_series(condition["denominatorFilter"], below)
        assert below == aggregation
    assert condition["comparison"] in {"COMPARISON_GT", "COMPARISON_LT"}
    assert seconds(condition["duration"]) % 60 == 0
    assert "evaluationMissingData" not in condition or seconds(condition["duration"]) >= 60


@pytest.mark.parametrize(("name", "condition"), conditions("conditionAbsent"))
def test_an_absence_is_of_a_metric_that_is_there(name, condition):
    [aggregation] = condition["aggregations"]
    check_series(condition["filter"], aggregation)
    assert seconds(condition["duration"]) >= 120
    assert seconds(condition["duration"]) % 60 == 0


@pytest.mark.parametrize(
    "query",
    [
        *(param.values[1]["query"] for param in conditions("conditionPrometheusQueryLanguage")),
        *(one["prometheusQuery"] for one in CHARTS if "prometheusQuery" in one),
    ],
)
def test_a_sum_is_of_a_distribution_that_is_there(query):
    found = SUM.fullmatch(query)
    assert WANTED.metrics[found[1]]["metricDescriptor"]["valueType"] == DISTRIBUTIONS


@pytest.mark.parametrize(("name", "condition"), conditions("conditionMatchedLog"))
def test_what_reads_the_log_is_alone_and_bounded_in_its_messages(name, condition):
    alert = WANTED.alerts[name]
    assert len(alert["conditions"]) == 1
    assert seconds(alert["alertStrategy"]["notificationRateLimit"]["period"]) == 3600
    said = alert["documentation"]["content"]
    used = set(re.findall(r"\$\{log\.extracted_label\.(\w+)\}", said))
    assert used == set(condition["labelExtractors"])


@pytest.mark.parametrize(("name", "alert"), WANTED.alerts.items())
def test_an_alert_keeps_to_what_google_takes(name, alert):
    assert re.fullmatch(r"[a-z][a-z-]{0,62}", name)
    assert alert["displayName"] == alert["documentation"]["subject"]
    assert len(alert["displayName"]) < 255
    assert alert["severity"] in {"CRITICAL", "ERROR", "WARNING"}
    assert seconds(alert["alertStrategy"]["autoClose"]) >= 1800
    assert alert["combiner"] in {"AND", "OR"}
    linked = wanted.read("https://example.com/page").alerts[name]["documentation"]["links"]
    assert linked == [{"displayName": "What to do", "url": f"https://example.com/page#{name}"}]


def test_no_two_alerts_and_no_two_conditions_of_one_have_one_name():
    names = [alert["displayName"] for alert in WANTED.alerts.values()]
    assert len(set(names)) == len(names)
    for alert in WANTED.alerts.values():
        parts = [one["displayName"] for one in alert["conditions"]]
        assert len(set(parts)) == len(parts)


def test_the_threshold_of_the_oldest_job_is_an_edge_of_its_buckets():
    [condition] = WANTED.alerts["oldest-job"]["conditions"]
    bounds = WANTED.metrics["firepod_oldest_job_seconds"]["bucketOptions"]["explicitBuckets"]
    assert condition["conditionThreshold"]["thresholdValue"] in bounds["bounds"]


def test_a_job_that_is_given_up_in_time_gets_not_so_old_as_is_alarming():
    [condition] = WANTED.alerts["oldest-job"]["conditions"]
    alarming = timedelta(seconds=condition["conditionThreshold"]["thresholdValue"])
    ttl = QUEUE_TTL_SECONDS.default + EXECUTION_TIMEOUT_SECONDS.default
    assert timedelta(seconds=ttl) + GIVE_UP_AFTER < alarming


def test_every_chart_shows_metrics_that_are_there_and_every_metric_is_shown():
    for query in CHARTS:
        if "timeSeriesFilter" in query:
            one = query["timeSeriesFilter"]
            check_series(one["filter"], one["aggregation"])
        if "timeSeriesFilterRatio" in query:
            for part in query["timeSeriesFilterRatio"].values():
                check_series(part["filter"], part["aggregation"])
    text = json.dumps(CHARTS)
    assert [name for name in WANTED.metrics if name not in text] == []


def test_legends_name_labels_by_which_the_chart_is_grouped():
    tiles = WANTED.dashboard["mosaicLayout"]["tiles"]
    sets = [one for tile in tiles for one in tile["widget"].get("xyChart", {}).get("dataSets", ())]
    for one in sets:
        named = re.findall(r"\$\{metric\.labels\.(\w+)\}", one["legendTemplate"])
        query = one["timeSeriesQuery"].get("timeSeriesFilter", {})
        grouped = query.get("aggregation", {}).get("groupByFields", [])
        assert [f"metric.label.{label}" for label in named] == grouped


def test_tiles_stand_beside_each_other():
    layout = WANTED.dashboard["mosaicLayout"]
    places = [
        (tile["xPos"], tile["yPos"], tile["width"], tile["height"]) for tile in layout["tiles"]
    ]
    assert all(x + width <= layout["columns"] for x, _, width, _ in places)
    for (x, y, width, height), (x2, y2, width2, height2) in combinations(places, 2):
        apart = x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
        assert apart


def test_lines_in_charts_are_the_thresholds_of_alerts():
    thresholds = [
        one["conditionThreshold"]["thresholdValue"]
        for alert in WANTED.alerts.values()
        for one in alert["conditions"]
        if "conditionThreshold" in one
    ]
    costs = [param.values[1] for param in conditions("conditionPrometheusQueryLanguage")]
    thresholds += [float(one["query"].rpartition("> ")[2]) for one in costs]
    shown = [
        line["value"]
        for tile in WANTED.dashboard["mosaicLayout"]["tiles"]
        for line in tile["widget"].get("xyChart", {}).get("thresholds", ())
    ]
    assert len(shown) == 4
    assert set(shown) <= set(thresholds)
