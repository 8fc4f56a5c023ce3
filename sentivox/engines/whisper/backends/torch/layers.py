"""Whisper's layers as transformers holds them, called by functions of our own.

`WhisperEncoder.forward` insists on 30 s of audio, and `WhisperDecoder.forward` hides its
cross-attention, copies its cache and spends as long on preparing a step as on computing it. Here
the encoder takes any length, and the key-value cache stays in place.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.token_positions import TokenPositions

FLOAT16_LIMIT = torch.finfo(torch.float16).max - 1000
Head = tuple[int, int]
"""Layer and head of the decoder's cross-attention."""


def encode(model: WhisperForConditionalGeneration, features: torch.Tensor) -> torch.Tensor:
    """Log-mel features (clips, mels, frames) to encoder output (clips, frames / 2, width)."""
    encoder = model.model.encoder
    x = torch.nn.functional.gelu(encoder.conv1(features))
    # Contiguous, or every layer adds rows to columns.
    x = torch.nn.functional.gelu(encoder.conv2(x)).transpose(1, 2).contiguous()
    x = x + encoder.embed_positions.weight[: x.shape[1]]
    for layer in encoder.layers:
        attention, normed = layer.self_attn, layer.self_attn_layer_norm(x)
        queries = heads(attention.q_proj(normed), attention)
        keys = heads(attention.k_proj(normed), attention)
        values = heads(attention.v_proj(normed), attention)
        x = x + attention.out_proj(attend(queries, keys, values, None, attention.scaling))
        x = x + feed_forward(layer, x)
        if x.dtype is torch.float16:
            # As in transformers: large models exceed the range of float16.
            x = x.clamp(-FLOAT16_LIMIT, FLOAT16_LIMIT)
    return encoder.layer_norm(x)


def first_states(
    model: WhisperForConditionalGeneration,
    encoded: torch.Tensor,
    token: int,
    lengths: Sequence[int] | None = None,
) -> torch.Tensor:
    """The decoder's states after its first token: encoded (clips, positions, width) to (clips,
    width). Only the first `lengths` positions of each clip count, or all of them.
    """
    decoder = model.model.decoder
    start = torch.full((len(encoded), 1), token, device=encoded.device)
    x = decoder.embed_tokens(start).to(encoded.dtype) + decoder.embed_positions.weight[:1]
    mask = None
    if lengths is not None:
        positions = torch.arange(encoded.shape[1], device=encoded.device)
        ends = torch.tensor(lengths, device=encoded.device)
        mask = (positions < ends[:, None])[:, None, None]
    for layer in decoder.layers:
        # A single token attends to itself.
        own = layer.self_attn
        x = x + own.out_proj(own.v_proj(layer.self_attn_layer_norm(x)))
        cross = CrossAttentionKeysValues(layer.encoder_attn, encoded)
        attention = layer.encoder_attn
        queries = attention.q_proj(layer.encoder_attn_layer_norm(x)) * attention.scaling
        attended = attend(heads(queries, attention), cross.keys, cross.values, mask)
        x = x + attention.out_proj(attended)
        x = x + feed_forward(layer, x)
    return decoder.layer_norm(x)[:, 0]


class KeyValueCache:
    """Keys and values of some clips' encoder outputs and of the tokens so far. The texts of one
    clip lie side by side and share its encoder output.
    """

    def __init__(
        self,
        model: WhisperForConditionalGeneration,
        encoded: torch.Tensor,
        lengths: Sequence[int],
        new_tokens: int,
        texts: int = 1,
    ) -> None:
        """For prompts of these `lengths`, one per clip, `new_tokens` after each, and up to `texts`
        texts per clip.
        """
        self._model = model
        self._decoder = model.model.decoder
        self.positions = TokenPositions(lengths, new_tokens, encoded.device)
        self.cross = [
            CrossAttentionKeysValues(layer.encoder_attn, encoded) for layer in self._decoder.layers
        ]
        attention = self._decoder.layers[0].self_attn
        self.cache = encoded.new_empty(
            len(self.cross),
            2,
            len(encoded) * texts,
            attention.num_heads,
            max(lengths) + new_tokens,
            attention.head_dim,
        )
        self._rows = len(encoded)

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """States (..., width) to float32 logits (..., vocabulary)."""
        return self._model.proj_out(states).float()

    def keep(self, rows: Sequence[int], clips: Sequence[int] | None = None) -> None:
        """Selects texts, as many for each clip; a text may be selected more than once.

        `clips` are the clips that stay; None for all.
        """
        chosen = torch.tensor(rows, device=self.cache.device)
        filled = self.positions.filled
        self.cache[:, :, : len(rows), :, :filled] = self.cache[:, :, chosen, :, :filled]
        self.positions.keep(chosen)
        self._rows = len(rows)
        if clips is not None:
            left = torch.tensor(clips, device=self.cache.device)
            for cross in self.cross:
                cross.keep(left)

    def step(
        self, ids: torch.Tensor, scores: MutableMapping[Head, torch.Tensor] | None = None
    ) -> torch.Tensor:
        """Reads token ids (texts, count); returns the states (texts, count, width).

        Each head in `scores` gets its cross-attention scores before softmax, (texts, count,
        positions).
        """
        scores = {} if scores is None else scores
        count, positions = ids.shape[1], self.positions
        order, mask = positions.positions(count), positions.attention_mask(count)
        x = self._decoder.embed_tokens(ids).to(self.cache.dtype)
        x = x + self._decoder.embed_positions.weight[order]
        for number, layer in enumerate(self._decoder.layers):
            cache = self.cache[number, :, : self._rows]
            x = x + _self_attention(
                layer.self_attn, layer.self_attn_layer_norm(x), cache, positions.filled, mask
            )
            attended, queries = _cross_attention(
                layer.encoder_attn, layer.encoder_attn_layer_norm(x), self.cross[number]
            )
            x = x + attended
            for head in (each for each in scores if each[0] == number):
                keys = self.cross[number].keys[:, head[1]]
                scores[head] = queries[:, head[1]] @ keys.transpose(1, 2)
            x = x + feed_forward(layer, x)
        positions.filled += count
        return self._decoder.layer_norm(x)


class CrossAttentionKeysValues:
    """Keys and values of encoder outputs in a layer: (clips, heads, positions, head width)."""

    def __init__(self, attention: torch.nn.Module, encoded: torch.Tensor) -> None:
        self.keys = heads(attention.k_proj(encoded), attention).contiguous()
        self.values = heads(attention.v_proj(encoded), attention).contiguous()

    def keep(self, clips: torch.Tensor) -> None:
        self.keys, self.values = self.keys[clips], self.values[clips]


def feed_forward(layer: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The feed-forward part of an encoder or decoder layer."""
    return layer.fc2(layer.activation_fn(layer.fc1(layer.final_layer_norm(x))))


def heads(x: torch.Tensor, attention: torch.nn.Module) -> torch.Tensor:
    """(rows, tokens, width) to (rows, heads, tokens, head width)."""
    return x.unflatten(-1, (-1, attention.head_dim)).transpose(1, 2)


def attend(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: torch.Tensor | None,
    scale: float = 1.0,
) -> torch.Tensor:
    """Attention over heads, to (rows, tokens, width)."""
    attended = torch.nn.functional.scaled_dot_product_attention(
        queries, keys, values, attn_mask=mask, scale=scale
    )
    return attended.transpose(1, 2).flatten(2)


def _self_attention(
    attention: torch.nn.Module,
    x: torch.Tensor,
    cache: torch.Tensor,
    first: int,
    mask: torch.Tensor | None,
) -> torch.Tensor:
    """States (texts, tokens, width); their keys and values go into `cache` from slot `first` on."""
    end = first + x.shape[1]
    cache[0, :, :, first:end] = heads(attention.k_proj(x), attention)
    cache[1, :, :, first:end] = heads(attention.v_proj(x), attention)
    queries = heads(attention.q_proj(x) * attention.scaling, attention)
    return attention.out_proj(attend(queries, cache[0, :, :, :end], cache[1, :, :, :end], mask))


def _cross_attention(
    attention: torch.nn.Module, x: torch.Tensor, cross: CrossAttentionKeysValues
) -> tuple[torch.Tensor, torch.Tensor]:
    """States, and the queries (clips, heads, tokens, head width).

    The texts of a clip are one sequence here: each of their tokens attends to the same positions.
    """
    together = x.reshape(len(cross.keys), -1, x.shape[-1])
    queries = heads(attention.q_proj(together) * attention.scaling, attention)
    attended = attend(queries, cross.keys, cross.values, None)
    return attention.out_proj(attended).reshape(x.shape), queries
