"""Units, and what a day and a moment of them allow: all pure."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firepod.domain.errors import FailedPrecondition, ResourceExhausted
from firepod.domain.quota import Limits, Quota
from firepod.kinds.registry import task
from tests.fakes.clock import START

LIMITS = Limits(active=2, daily=30, guest_daily=10)
HOUR = timedelta(hours=1)
MIDNIGHT = 12 * HOUR  # after START

PICTURE = {
    "width": st.integers(256, 2048),
    "height": st.integers(256, 2048),
    "num_images": st.integers(1, 8),
    "steps": st.integers(1, 100),
    "refiner_inference_steps": st.integers(1, 100),
}
VIDEO = {
    "video_width": st.integers(256, 2048),
    "video_height": st.integers(256, 2048),
    "num_frames": st.integers(1, 257),
    "steps": st.integers(1, 100),
}


def taken(quota, lease, count=10, now=START, **more):
    return quota.taken(lease, count, until=now + HOUR, now=now, limits=LIMITS, **more)


class TestUnits:
    @pytest.mark.parametrize(
        ("task_type", "request_data", "expected"),
        [
            ("text2img", {}, 1),
            ("text2img", {"width": 512, "height": 512, "steps": 20}, 1),
            ("text2img", {"num_images": 4}, 4),
            ("text2img", {"width": 2048, "height": 2048, "steps": 100, "num_images": 8}, 107),
            ("text2video", {}, 19),
            (
                "text2video",
                {"video_width": 2048, "video_height": 2048, "steps": 100, "num_frames": 257},
                3427,
            ),
            ("voice_clone", {"name": "Ann"}, 5),
            ("tts", {"text": "Hello."}, 1),
            ("tts", {"text": "x" * 501}, 2),
            ("tts", {"text": "x" * 50_000}, 100),
        ],
    )
    def test_a_default_picture_is_one_and_dearer_requests_weigh_more(
        self, task_type, request_data, expected
    ):
        assert task(task_type).units(request_data) == expected

    @pytest.mark.parametrize(
        ("task_type", "fields"), [("text2img", PICTURE), ("text2video", VIDEO)]
    )
    @given(data=st.data())
    def test_more_of_anything_never_weighs_less_and_nothing_is_free(self, task_type, fields, data):
        request = data.draw(st.fixed_dictionaries(fields))
        name = data.draw(st.sampled_from(sorted(fields)))
        more = request | {name: request[name] + data.draw(st.integers(0, 500))}
        assert 1 <= task(task_type).units(request) <= task(task_type).units(more)

    @pytest.mark.parametrize(
        ("task_type", "fields"), [("text2img", PICTURE), ("text2video", VIDEO)]
    )
    def test_every_field_that_costs_counts(self, task_type, fields):
        base = dict.fromkeys(fields, 256)
        for name in fields:
            assert task(task_type).units(base | {name: 512}) > task(task_type).units(base)

    @given(st.text(), st.text())
    def test_a_longer_text_never_weighs_less(self, text, more):
        shorter, longer = ({"text": one} for one in (text, text + more))
        assert 1 <= task("tts").units(shorter) <= task("tts").units(longer)

    @pytest.mark.parametrize("nonsense", [None, "many", -3, 0, 1.5, [], float("nan")])
    def test_nonsense_in_an_old_document_counts_as_the_default(self, nonsense):
        assert task("text2img").units({"width": nonsense, "steps": nonsense}) == 1


class TestTheMoment:
    def test_as_many_as_may_run(self):
        full = taken(taken(Quota(), "a"), "b")
        with pytest.raises(ResourceExhausted) as refused:
            taken(full, "c")
        assert refused.value.details == {"limit": 2, "used": 2, "retry_after_seconds": 30}
        assert taken(full.released("a"), "c").leases.keys() == {"b", "c"}

    def test_leases_end_by_themselves(self):
        full = taken(taken(Quota(), "a"), "b")
        assert taken(full, "c", now=START + HOUR).leases.keys() == {"c"}

    def test_the_same_attempt_takes_one_lease(self):
        full = taken(taken(Quota(), "a"), "b")
        assert taken(full, "b").leases.keys() == {"a", "b"}

    def test_what_holds_no_lease_cannot_be_released(self):
        quota = taken(Quota(), "a")
        assert quota.released("b") is quota


class TestTheDay:
    def test_units_are_counted_and_the_refusal_says_so_in_the_users_words(self):
        quota = taken(Quota(), "a", 25).released("a")
        with pytest.raises(ResourceExhausted) as refused:
            taken(quota, "b", 6)
        assert refused.value.details == {
            "limit": 30,
            "used": 25,
            "retry_after_seconds": 12 * 3600 + 1,
        }
        assert refused.value.message == (
            "You may make as much as 30 default pictures a day. You have used 25, and this request"
            " counts as 6. The count begins again at midnight UTC."
        )
        assert taken(quota, "b", 5).used == 30

    def test_the_count_begins_again_at_midnight_utc(self):
        quota = taken(Quota(), "a", 30).released("a")
        assert taken(quota, "b", 30, START + MIDNIGHT).used == 30

    def test_a_request_that_is_too_large_for_any_day_is_told_so(self):
        with pytest.raises(ResourceExhausted) as refused:
            taken(Quota(), "a", 31)
        assert refused.value.message.startswith("This request is too large")

    def test_a_guest_has_a_limit_of_their_own_and_learns_the_way_out(self):
        quota = taken(Quota(), "a", 10, guest=True).released("a")
        with pytest.raises(ResourceExhausted) as refused:
            taken(quota, "b", 1, guest=True)
        assert (refused.value.details["limit"], refused.value.details["used"]) == (10, 10)
        assert refused.value.message.endswith("Sign in with an account for more.")
        assert taken(quota, "b", 1).used == 11

    def test_where_guests_may_not_generate_they_are_told_to_sign_in(self):
        limits = Limits(active=2, daily=30, guest_daily=0)
        with pytest.raises(FailedPrecondition, match="Sign in"):
            Quota().counted(1, now=START, limits=limits, guest=True)
        assert Quota().counted(1, now=START, limits=limits).used == 1

    def test_what_never_ran_is_given_back_to_the_day_that_it_was_taken_on(self):
        quota = taken(Quota(), "a", 7)
        assert quota.refunded(7, START).used == 0
        tomorrow = taken(quota, "b", 5, START + MIDNIGHT)
        assert tomorrow.refunded(7, START).used == 5
        assert tomorrow.refunded(9, START + MIDNIGHT).used == 0

    def test_a_clock_that_is_behind_does_not_begin_the_old_day_again(self):
        quota = taken(Quota(), "a", 30, START + MIDNIGHT)
        late = taken(quota.released("a"), "b", 0, START + MIDNIGHT - timedelta(seconds=1))
        assert (late.day, late.used) == ("2026-05-05", 30)
