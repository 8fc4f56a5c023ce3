"""Whisper's layers as transformers has them, called by code of our own.

`WhisperEncoder.forward` insists on 30 s of sound, and `WhisperDecoder.forward` hides its
cross-attention, copies its cache and spends as long on preparing a step as on taking it. Here the
encoder hears as little as it's given, and the decoder's memory stays where it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.token_positions import TokenPositions

HALF_MOST = torch.finfo(torch.float16).max - 1000
Head = tuple[int, int]
"""Layer and head."""


def encode(model: WhisperForConditionalGeneration, features: torch.Tensor) -> torch.Tensor:
    """Log-mel features (clips, mels, frames) -> (clips, frames / 2, width)."""
    encoder = model.model.encoder
    x = torch.nn.functional.gelu(encoder.conv1(features))
    # Contiguous, or every sum of every layer is one of rows and columns.
    x = torch.nn.functional.gelu(encoder.conv2(x)).transpose(1, 2).contiguous()
    x = x + encoder.embed_positions.weight[: x.shape[1]]
    for layer in encoder.layers:
        attention, normed = layer.self_attn, layer.self_attn_layer_norm(x)
        queries = heads(attention.q_proj(normed), attention)
        keys = heads(attention.k_proj(normed), attention)
        values = heads(attention.v_proj(normed), attention)
        mixed = attended(queries, keys, values, None, attention.scaling)
        x = x + attention.out_proj(mixed)
        x = x + layer.fc2(layer.activation_fn(layer.fc1(layer.final_layer_norm(x))))
        if x.dtype is torch.float16:
            # As transformers has it: large models reach its end.
            x = x.clamp(-HALF_MOST, HALF_MOST)
    return encoder.layer_norm(x)


def first_states(
    model: WhisperForConditionalGeneration,
    encoded: torch.Tensor,
    token: int,
    lengths: Sequence[int] | None = None,
) -> torch.Tensor:
    """What the decoder makes of its first token: encoded (clips, positions, width) -> (clips,
    width). Of each clip the first positions count, so many as `lengths` has, or all of them.
    """
    decoder = model.model.decoder
    start = torch.full((len(encoded), 1), token, device=encoded.device)
    x = decoder.embed_tokens(start).to(encoded.dtype) + decoder.embed_positions.weight[:1]
    heard = None
    if lengths is not None:
        positions = torch.arange(encoded.shape[1], device=encoded.device)
        ends = torch.tensor(lengths, device=encoded.device)
        heard = (positions < ends[:, None])[:, None, None]
    for layer in decoder.layers:
        # Looking at itself alone, it sees itself.
        own = layer.self_attn
        x = x + own.out_proj(own.v_proj(layer.self_attn_layer_norm(x)))
        attention, sound = layer.encoder_attn, CrossAttentionKeysValues(layer.encoder_attn, encoded)
        queries = attention.q_proj(layer.encoder_attn_layer_norm(x)) * attention.scaling
        mixed = attended(heads(queries, attention), sound.keys, sound.values, heard)
        x = x + attention.out_proj(mixed)
        x = x + layer.fc2(layer.activation_fn(layer.fc1(layer.final_layer_norm(x))))
    return decoder.layer_norm(x)[:, 0]


class KeyValueCache:
    """What the decoder knows while it writes texts: the sound of each clip, and the tokens read so
    far. A clip may have several texts, which lie side by side and share its sound.
    """

    def __init__(
        self,
        model: WhisperForConditionalGeneration,
        encoded: torch.Tensor,
        lengths: Sequence[int],
        most: int,
        texts: int = 1,
    ) -> None:
        """For prompts of these `lengths`, one a clip, and `most` tokens after them. There will be
        no more than so many `texts` for each clip.
        """
        self._model = model
        self._decoder = model.model.decoder
        self.places = TokenPositions(lengths, most, encoded.device)
        sound = [
            CrossAttentionKeysValues(layer.encoder_attn, encoded) for layer in self._decoder.layers
        ]
        self.sound = sound
        attention = self._decoder.layers[0].self_attn
        self.cache = encoded.new_empty(
            len(sound),
            2,
            len(encoded) * texts,
            attention.num_heads,
            max(lengths) + most,
            attention.head_dim,
        )
        self._rows = len(encoded)

    def read(self, ids: torch.Tensor) -> torch.Tensor:
        """Token ids (texts, count) -> states (texts, count, width)."""
        return self._read(ids, {})

    def look(self, ids: torch.Tensor, heads: Sequence[Head]) -> tuple[torch.Tensor, torch.Tensor]:
        """The same, and how much each of those heads looks where while it reads: (heads, texts,
        count, positions), before softmax.
        """
        scores: dict[Head, torch.Tensor] = {head: torch.empty(0) for head in heads}
        states = self._read(ids, scores)
        return states, torch.stack(list(scores.values()))

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """States (..., width) -> float32 (..., vocabulary)."""
        return self._model.proj_out(states).float()

    def keep(self, rows: Sequence[int], clips: Sequence[int] | None = None) -> None:
        """These texts from now on, as many for each clip; some of them more than once perhaps.

        `clips` are those that are left, where not all are.
        """
        chosen = torch.tensor(rows, device=self.cache.device)
        read = self.places.read
        self.cache[:, :, : len(rows), :, :read] = self.cache[:, :, chosen, :, :read]
        self.places.keep(chosen)
        self._rows = len(rows)
        if clips is not None:
            left = torch.tensor(clips, device=self.cache.device)
            for sound in self.sound:
                sound.keep(left)

    def _read(self, ids: torch.Tensor, scores: dict[Head, torch.Tensor]) -> torch.Tensor:
        count, places = ids.shape[1], self.places
        order, seen = places.order(count), places.seen(count)
        x = self._decoder.embed_tokens(ids).to(self.cache.dtype)
        x = x + self._decoder.embed_positions.weight[order]
        for number, layer in enumerate(self._decoder.layers):
            cache = self.cache[number, :, : self._rows]
            x = x + _own_attention(
                layer.self_attn, layer.self_attn_layer_norm(x), cache, places.read, seen
            )
            watched = [head for head in scores if head[0] == number]
            attended, queries = _sound_attention(
                layer.encoder_attn, layer.encoder_attn_layer_norm(x), self.sound[number]
            )
            x = x + attended
            for head in watched:
                keys = self.sound[number].keys[:, head[1]]
                scores[head] = queries[:, head[1]] @ keys.transpose(1, 2)
            x = x + layer.fc2(layer.activation_fn(layer.fc1(layer.final_layer_norm(x))))
        places.read += count
        return self._decoder.layer_norm(x)


class CrossAttentionKeysValues:
    """Of a clip's sound, each (clips, heads, positions, head's width)."""

    def __init__(self, attention: torch.nn.Module, encoded: torch.Tensor) -> None:
        self.keys = heads(attention.k_proj(encoded), attention).contiguous()
        self.values = heads(attention.v_proj(encoded), attention).contiguous()

    def keep(self, clips: torch.Tensor) -> None:
        self.keys, self.values = self.keys[clips], self.values[clips]


def _own_attention(
    attention: torch.nn.Module,
    x: torch.Tensor,
    cache: torch.Tensor,
    at: int,
    seen: torch.Tensor | None,
) -> torch.Tensor:
    """`x` is (texts, tokens, width); its keys and values go into `cache` from `at` on."""
    until = at + x.shape[1]
    cache[0, :, :, at:until] = heads(attention.k_proj(x), attention)
    cache[1, :, :, at:until] = heads(attention.v_proj(x), attention)
    queries = heads(attention.q_proj(x) * attention.scaling, attention)
    mixed = attended(queries, cache[0, :, :, :until], cache[1, :, :, :until], seen)
    return attention.out_proj(mixed)


def _sound_attention(
    attention: torch.nn.Module, x: torch.Tensor, sound: CrossAttentionKeysValues
) -> tuple[torch.Tensor, torch.Tensor]:
    """What was heard, and the queries that asked for it: (clips, heads, tokens, head's width).

    The texts of a clip are one after another to this attention, which asks the same of each.
    """
    together = x.reshape(len(sound.keys), -1, x.shape[-1])
    queries = heads(attention.q_proj(together) * attention.scaling, attention)
    mixed = attended(queries, sound.keys, sound.values, None)
    return attention.out_proj(mixed).reshape(x.shape), queries


def heads(x: torch.Tensor, attention: torch.nn.Module) -> torch.Tensor:
    return x.unflatten(-1, (-1, attention.head_dim)).transpose(1, 2)


def attended(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    seen: torch.Tensor | None,
    scale: float = 1.0,
) -> torch.Tensor:
    mixed = torch.nn.functional.scaled_dot_product_attention(
        queries, keys, values, attn_mask=seen, scale=scale
    )
    return mixed.transpose(1, 2).flatten(2)
