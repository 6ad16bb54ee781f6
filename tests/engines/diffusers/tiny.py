"""Pipelines of the real classes, tiny and with random weights, saved as their authors save theirs.

Each function returns a pipeline that makes noise, in milliseconds on a CPU. What depends on the
weights' values cannot be tested with them; everything else can.
"""

import string
from collections.abc import Callable
from typing import Any

import diffusers
import torch
import transformers

_CHAT = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
_LETTERS = [*string.printable]


def sdxl() -> Any:
    """As StableDiffusionXLPipeline: two text encoders, a UNet of two floors."""
    return diffusers.StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=_clip(transformers.CLIPTextModel),
        text_encoder_2=_clip(transformers.CLIPTextModelWithProjection),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        unet=_unet(cross_attention_dim=64, numbers=6),
        scheduler=_euler(),
    )


def refiner() -> Any:
    """As the refiner is published: without the first text encoder, and with a score."""
    return diffusers.StableDiffusionXLImg2ImgPipeline(
        vae=_vae(),
        text_encoder=None,
        text_encoder_2=_clip(transformers.CLIPTextModelWithProjection),
        tokenizer=None,
        tokenizer_2=_clip_tokenizer(),
        unet=_unet(cross_attention_dim=32, numbers=5),
        scheduler=_euler(),
        requires_aesthetics_score=True,
    )


def flux2_klein() -> Any:
    torch.manual_seed(0)
    return diffusers.Flux2KleinPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=diffusers.AutoencoderKLFlux2(
            block_out_channels=(4, 4, 4, 4),
            layers_per_block=1,
            latent_channels=2,
            norm_num_groups=2,
        ),
        text_encoder=_qwen(transformers.Qwen3ForCausalLM, layers=28),
        tokenizer=_qwen_tokenizer(),
        transformer=diffusers.Flux2Transformer2DModel(
            in_channels=8,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=48,
            axes_dims_rope=(4, 4, 4, 4),
            guidance_embeds=False,
        ),
        is_distilled=True,
    )


def z_image() -> Any:
    torch.manual_seed(0)
    return diffusers.ZImagePipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(
            latent_channels=16,
            shift_factor=0.1,
            use_quant_conv=False,
            use_post_quant_conv=False,
        ),
        text_encoder=_qwen(transformers.Qwen3Model, layers=2),
        tokenizer=_qwen_tokenizer(),
        transformer=diffusers.ZImageTransformer2DModel(
            in_channels=16,
            dim=32,
            n_layers=1,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=16,
            axes_dims=[8, 4, 4],
            axes_lens=[1024, 256, 256],
        ),
    )


def wan21() -> Any:
    """As Wan 2.1 text to video: a VAE of 8 pixels and 4 frames to a latent."""
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKLWan(base_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1)
    return diffusers.WanPipeline(vae=vae, transformer=_wan(16), **_wan_text())


def wan22() -> Any:
    """As Wan 2.2 text and picture to video: a VAE of 16 pixels, a time for each place."""
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKLWan(
        base_dim=4,
        decoder_base_dim=4,
        z_dim=48,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        is_residual=True,
        in_channels=12,
        out_channels=12,
        patch_size=2,
        scale_factor_spatial=16,
        latents_mean=[0.0] * 48,
        latents_std=[1.0] * 48,
    )
    return diffusers.WanPipeline(
        vae=vae, transformer=_wan(48), expand_timesteps=True, **_wan_text()
    )


MODELS: dict[str, Callable[[], Any]] = {
    "sdxl": sdxl,
    "sdxl-refined": sdxl,
    "sdxl-refiner": refiner,
    "flux2-klein": flux2_klein,
    "z-image-turbo": z_image,
    "wan2.1-t2v-1.3b": wan21,
    "wan2.2-ti2v-5b": wan22,
}
"""What stands in for the models of the worker's table."""


def _unet(*, cross_attention_dim: int, numbers: int) -> Any:
    torch.manual_seed(0)
    return diffusers.UNet2DConditionModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        sample_size=32,
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=numbers * 8 + 32,
        cross_attention_dim=cross_attention_dim,
    )


def _vae(**more: Any) -> Any:
    torch.manual_seed(0)
    return diffusers.AutoencoderKL(
        block_out_channels=[4, 4, 4, 4],
        norm_num_groups=2,
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        sample_size=512,
        **more,
    )


def _euler() -> Any:
    return diffusers.EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        steps_offset=1,
        timestep_spacing="leading",
    )


def _clip(model: Any) -> Any:
    torch.manual_seed(0)
    return model(
        transformers.CLIPTextConfig(
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
            hidden_size=32,
            intermediate_size=37,
            num_attention_heads=4,
            num_hidden_layers=2,
            projection_dim=32,
            vocab_size=2 * len(_LETTERS) + 2,
        )
    )


def _clip_tokenizer() -> Any:
    words = ["<|startoftext|>", "<|endoftext|>", *_LETTERS, *(f"{one}</w>" for one in _LETTERS)]
    vocab = {word: number for number, word in enumerate(words)}
    return transformers.CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77)


def _qwen(model: Any, *, layers: int) -> Any:
    return model(
        transformers.Qwen3Config(
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=layers,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=8,
            vocab_size=len(_LETTERS) + 1,
            max_position_embeddings=1024,
            eos_token_id=0,
            pad_token_id=0,
        )
    )


def _qwen_tokenizer() -> Any:
    vocab = {word: number for number, word in enumerate(["<|endoftext|>", *_LETTERS])}
    tokenizer = transformers.Qwen2Tokenizer(vocab=vocab, merges=[])
    tokenizer.chat_template = _CHAT
    return tokenizer


def _wan(channels: int) -> Any:
    return diffusers.WanTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=channels,
        out_channels=channels,
        text_dim=16,
        ffn_dim=16,
        num_layers=1,
        rope_max_seq_len=256,
    )


def _wan_text() -> dict[str, Any]:
    pieces = ["<pad>", "</s>", "<unk>", "\u2581", *string.printable.strip()]
    tokenizer = transformers.T5Tokenizer(vocab=[(one, -1.0) for one in pieces], extra_ids=0)
    encoder = transformers.UMT5EncoderModel(
        transformers.UMT5Config(
            vocab_size=len(pieces),
            d_model=16,
            d_kv=8,
            d_ff=16,
            num_layers=1,
            num_heads=2,
        )
    )
    scheduler = diffusers.UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    )
    return {"tokenizer": tokenizer, "text_encoder": encoder, "scheduler": scheduler}
