"""What a model cannot do is told in a sentence; what ends a run leaves the next one in order."""

import asyncio
import re
import time

import pytest
import torch
from safetensors.torch import load_file

from worker.engines import Cancelled, ModelUnavailable, check
from worker.engines.diffusers import create
from worker.engines.loading import load_engine
from worker.engines.table import model
from worker.run import run_job

SCHEDULERS = model("sdxl").schedulers
PICTURE = "text2img"


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("task", [PICTURE, "img2img"])
def test_each_scheduler_that_worker_sdxl_names_makes_its_own_picture(
    studio, start, packed, name, task
):
    worker = studio("sdxl")
    more = {} if task == PICTURE else {"init_image_base64": packed(start), "strength": 0.9}
    own, named, again = (
        worker.answer(task, steps=6, **more, **given)["images"]
        for given in ({}, {"scheduler": name}, {})
    )
    assert (named == own) is (name == "K_EULER")  # which is the tiny model's own
    assert again == own


@pytest.mark.parametrize(
    ("name", "scheduler"),
    [
        ("flux2-klein", "K_EULER"),
        ("z-image-turbo", "K_EULER"),
        ("wan2.1-t2v-1.3b", "DPMSolverMultistep"),
        ("wan2.2-ti2v-5b", "DPMSolverMultistep"),
    ],
)
def test_models_that_follow_a_flow_have_the_schedulers_that_can(studio, name, scheduler):
    worker = studio(name)
    task = worker.engine.model.tasks[0]
    assert "error" not in worker.answer(task, scheduler=scheduler)
    refused = worker.answer(task, scheduler="PNDM")["error"]
    assert refused == (
        f"{worker.engine.model.label} has no scheduler PNDM."
        f" Leave it out, or take one of: {scheduler}."
    )


def test_a_task_that_the_model_lacks_is_refused_in_a_sentence(studio):
    refused = studio("wan2.1-t2v-1.3b").answer(PICTURE)
    assert refused == {
        "error": "Wan 2.1 text to video 1.3B makes text2video; it cannot make text2img."
    }


@pytest.mark.parametrize(
    ("name", "task", "fields", "sentence"),
    [
        ("sdxl", PICTURE, {"width": 2048, "height": 2048}, "makes at most 2.4 megapixels"),
        ("wan2.2-ti2v-5b", "text2video", {"num_frames": 125}, "makes at most 121 frames"),
        ("wan2.1-t2v-1.3b", "text2video", {"video_width": 512}, "has these sizes only: 256x256."),
    ],
)
def test_what_is_too_much_for_the_model_is_refused_in_a_sentence(
    studio, name, task, fields, sentence
):
    assert sentence in studio(name).answer(task, **fields)["error"]


def test_a_distilled_model_takes_no_more_steps_than_help_it(studio):
    worker = studio("flux2-klein")
    few, many = (worker.answer(PICTURE, steps=steps)["images"] for steps in (4, 50))
    assert few == many


@pytest.fixture
def greedy():
    """`greedy(module)`: what this module is asked for from now on, is more than there is."""
    hooks = []

    def make(module, *, unless=lambda _given: False):
        def ask(_module, given, _named=None):
            if not unless(given):
                torch.empty(2**48, dtype=torch.uint8)

        hooks.append(module.register_forward_pre_hook(ask))

    yield make
    for hook in hooks:
        hook.remove()


def test_an_allocation_that_fails_ends_out_of_memory_with_a_sentence_that_helps(studio, greedy):
    worker = studio("sdxl")
    greedy(worker.engine._loaded.pipelines[PICTURE].unet)
    assert worker.answer(PICTURE) == {
        "error": "The GPU ran out of memory. Ask for a smaller picture, or for fewer at a time.",
        "error_code": "out_of_memory",
        "refresh_worker": True,
    }


def test_a_run_that_is_cut_off_while_it_decodes_leaves_the_next_one_in_order(studio):
    worker = studio("sdxl")
    before = worker.answer(PICTURE)
    worker.engine._loaded.pipelines[PICTURE].vae.to(torch.float64)
    assert worker.answer(PICTURE) == before


def test_a_video_that_does_not_fit_is_told_so_too(studio, greedy):
    worker = studio("wan2.1-t2v-1.3b")
    greedy(worker.engine._loaded.pipelines["text2video"].vae.decoder)
    answer = worker.answer("text2video")
    assert (answer["error_code"], "fewer frames" in answer["error"]) == ("out_of_memory", True)


def test_pictures_that_do_not_fit_together_are_made_one_by_one(studio, greedy):
    worker = studio("sdxl")
    unet = worker.engine._loaded.pipelines[PICTURE].unet
    together = []

    def goes_well(given):
        if given[0].shape[0] <= 2:  # one picture, with the prompt and without
            return True
        together.append(given)
        return len(together) < 3  # and two of them for two steps

    greedy(unet, unless=goes_well)
    assert len(worker.pictures(num_images=3)) == 3
    assert len(together) == 3
    assert worker.told == sorted(worker.told)


def test_a_model_that_does_not_fit_ends_each_job_out_of_memory(folder, monkeypatch):
    def too_large(*_args, **_named):
        torch.empty(2**48, dtype=torch.uint8)

    monkeypatch.setenv("FIREPOD_MODELS_FOLDER", str(folder))
    monkeypatch.setattr(torch.nn.Module, "to", too_large)
    engine = load_engine("diffusers")
    with pytest.raises(Exception, match="too little memory for Stable Diffusion XL") as told:
        engine.run(PICTURE, {}, {}, folder, lambda *_: None)
    assert told.value.code == "out_of_memory"


@pytest.mark.parametrize("there", ["nothing", "no weights", "half of them", "pickles"])
def test_weights_that_are_missing_end_each_job_model_unavailable(
    folder, tmp_path, monkeypatch, there
):
    if there != "nothing":
        (tmp_path / "sdxl").symlink_to(tmp_path / "copy")
        copy_of(folder / "sdxl", tmp_path / "copy", there)
    monkeypatch.setenv("FIREPOD_MODELS_FOLDER", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    engine = load_engine("diffusers")
    with pytest.raises(ModelUnavailable, match="weights of Stable Diffusion XL"):
        engine.run(PICTURE, {}, {}, tmp_path, lambda *_: None)


def copy_of(source, target, there):
    for file in source.rglob("*.*"):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix != ".safetensors":
            place.write_bytes(file.read_bytes())
        elif there == "half of them":
            place.write_bytes(file.read_bytes()[:-1000])
        elif there == "pickles":
            name = file.stem if file.stem.startswith("diffusion") else "pytorch_model"
            torch.save(load_file(file), place.with_name(f"{name}.bin"))


def test_the_environment_chooses_the_model(folder, monkeypatch):
    monkeypatch.setenv("FIREPOD_MODELS_FOLDER", str(folder))
    monkeypatch.setenv("FIREPOD_MODEL", "flux2-klein")
    assert create().model.name == "flux2-klein"
    monkeypatch.setenv("FIREPOD_MODEL", "sd-turbo")
    with pytest.raises(ModelUnavailable, match="It knows sdxl, "):
        create()


def test_the_model_has_run_once_before_the_first_job(folder, monkeypatch):
    ran = []
    monkeypatch.setenv("FIREPOD_MODELS_FOLDER", str(folder))
    run = torch.nn.Module._call_impl

    def seen(module, *args, **named):
        ran.append(type(module).__name__)
        return run(module, *args, **named)

    monkeypatch.setattr(torch.nn.Module, "_call_impl", seen)
    create()
    assert {"UNet2DConditionModel", "Decoder", "CLIPTextModelWithProjection"} <= set(ran)


@pytest.mark.parametrize("name", ["sdxl", "flux2-klein", "z-image-turbo", "wan2.2-ti2v-5b"])
def test_a_job_that_is_stopped_stops_within_one_step(studio, name):
    worker = studio(name)
    seen = []

    def during(fraction):
        seen.append(fraction)
        if len(seen) == 3:
            raise Cancelled

    worker.recorded.during = during
    task = worker.engine.model.tasks[0]
    assert "stopped" in worker.answer(task, steps=8)
    assert len(seen) == 3
    worker.recorded.during = None
    assert "error" not in worker.answer(task)  # and the GPU is free


def test_a_stop_from_outside_is_heard_at_the_next_step(studio):
    worker, at, stopped_at = studio("sdxl"), [], []
    worker.recorded.during = lambda _fraction: at.append(time.monotonic())

    async def stopped():
        job = worker.job(PICTURE, steps=100)
        run = asyncio.ensure_future(run_job(job, worker.around()))
        while len(at) < 3:  # noqa: ASYNC110 (a thread tells it)
            await asyncio.sleep(0.001)
        run.cancel()
        stopped_at.append(time.monotonic())
        await asyncio.gather(run, return_exceptions=True)

    asyncio.run(stopped())
    assert len([moment for moment in at if moment > stopped_at[0]]) <= 1


def test_a_job_that_waits_for_the_gpu_can_be_stopped(studio):
    worker = studio("sdxl")

    def during(_fraction):
        raise Cancelled

    worker.recorded.during = during
    with worker.engine._gpu:
        assert "stopped" in worker.answer(PICTURE)


def test_two_jobs_at_a_time_do_not_mix(studio):
    worker = studio("sdxl")
    jobs = [worker.job(PICTURE, scheduler=name) for name in ("DDIM", "PNDM")]
    alone = [asyncio.run(run_job(job, worker.around())) for job in jobs]

    async def together():
        return await asyncio.gather(*(run_job(job, worker.around()) for job in jobs))

    assert asyncio.run(together()) == alone


def test_the_check_says_what_a_machine_can_do(folder, monkeypatch):
    said = []
    monkeypatch.setenv("FIREPOD_MODELS_FOLDER", str(folder))
    monkeypatch.setenv("FIREPOD_ENGINE", "diffusers")
    monkeypatch.setenv("FIREPOD_MODEL", "z-image-turbo")
    assert check.main(said.append, width=256, height=256, steps=2) == 0
    assert said[0] == "Torch finds no GPU: everything runs on the CPU."
    assert re.fullmatch(r"The engine diffusers was ready after \d+\.\d s\.", said[1])
    assert re.fullmatch(r"text2img took \d+\.\d s and made [\d,]+ bytes\.", said[2])
