"""Recipes for models of language."""

from tf_schedules.catalogue.row import Row
from tf_schedules.core import Schedule
from tf_schedules.schedules import (
    Clamped,
    CosineDecay,
    ExponentialDecay,
    InverseSquareRootDecay,
    InverseTimeDecay,
    Minimum,
    PiecewiseInterpolation,
    PolynomialDecay,
    PowerDecay,
    Product,
    Sequence,
    Shifted,
    Warmup,
    WarmupStableDecay,
)


def _to_a_tenth(rate: float, steps: int) -> Schedule:
    """While 1 / rate grows by as much at every step."""
    return InverseTimeDecay(rate, steps, 9.0)


def _of_tokens(steps: int) -> float:
    """The rate of the Power scheduler after so many steps."""
    return 4 * 1024 * (steps * 1024 * 4096) ** -0.51


LANGUAGE: dict[str, Row] = {
    "bert-base": Row(
        Warmup(PolynomialDecay(1e-4, 990_000, 0.0), 10_000),
        steps=1_000_000,
        source="Devlin et al., BERT, arXiv 1810.04805, appendix A.2: 1e-4, "
        "warm-up over 10 000 of 1 000 000 steps, linear decay",
    ),
    "gpt-3": Row(
        CosineDecay(0.0, 81_133, 0.1, warmup_target=6e-5, warmup_steps=117),
        steps=93_750,
        source="Brown et al., GPT-3, arXiv 2005.14165, table 2.1 and "
        "appendix B: 6e-5 in batches of 3.2M tokens, warm-up over 375M, "
        "cosine to 10 % at 260B, then constant to 300B",
    ),
    "infinite": Row(
        Sequence(
            [
                PiecewiseInterpolation([0, 1_320], [0.0, 3e-4]),
                PiecewiseInterpolation([0, 38_680], [3e-4, 1.65e-4], "cosine"),
                1.65e-4,
                ExponentialDecay(1.65e-4, 12_000, 3e-5 / 1.65e-4),
                3e-5,
            ],
            [1_320, 40_000, 120_000, 132_000],
        ),
        steps=132_000,
        source="Ibrahim et al., Simple and Scalable Strategies to Continually "
        "Pre-train Large Language Models, arXiv 2403.08763, section 7: "
        "warm-up, a cosine down to a constant rate for any number of data "
        "sets, exponential annealing; here 3e-4, 1.65e-4 and 3e-5 in 132 000 "
        "steps",
    ),
    "minicpm": Row(
        WarmupStableDecay(
            0.01, 2_000, 252_000, 5_000, 0.0, 0.001, "exponential"
        ),
        steps=259_000,
        source="Hu et al., MiniCPM, arXiv 2404.06395, section 4: 0.01, "
        "stable over 1T tokens in batches of 3.93M, an exponential decay "
        "over 5 000 steps to 10 %",
    ),
    "noam": Row(
        InverseSquareRootDecay.noam(512, 4000),
        steps=100_000,
        source="Vaswani et al., Attention Is All You Need, arXiv "
        "1706.03762, section 5.3: d_model 512, 4000 warm-up steps",
    ),
    "palm": Row(
        Sequence(
            [0.01, InverseSquareRootDecay(0.01, 0, timescale=10_000)],
            [10_000],
        ),
        steps=255_000,
        source="Chowdhery et al., PaLM, arXiv 2204.02311, section 5: 0.01 "
        "for 10 000 steps, then 1 / sqrt(step)",
    ),
    "power-scheduler": Row(
        Sequence(
            [
                Warmup(0.02, 238),
                Minimum([0.02, PowerDecay(_of_tokens(238), -0.51, offset=238)]),
                PiecewiseInterpolation(
                    [0, 59_605], [_of_tokens(238_419), 0.0], "exponential"
                ),
            ],
            [238, 238_419],
        ),
        steps=298_024,
        source="Shen et al., Power Scheduler, arXiv 2408.13359, sections 4 and "
        "5.2: min(0.02, 4 * batch * tokens ** -0.51) in batches of 1024 "
        "sequences of 4096 tokens, warm-up over 1B tokens, from 1T on an "
        "exponential decay to 0 over 250B",
    ),
    "t5": Row(
        Shifted(InverseSquareRootDecay(0.01, 0, timescale=10_000), 10_000),
        steps=2**19,
        source="Raffel et al., T5, arXiv 1910.10683, section 3.1.2: "
        "1 / sqrt(max(step, 10 000)), 2**19 steps",
    ),
    "tensor2tensor": Row(
        Product(
            [
                2.0,
                PiecewiseInterpolation([0, 8000], [0.0, 1.0]),
                Shifted(
                    InverseSquareRootDecay(8000**-0.5, 0, timescale=8000),
                    8000,
                ),
                512**-0.5,
            ]
        ),
        steps=250_000,
        source="Vaswani et al., Tensor2Tensor, arXiv 1803.07416: 2.0 * "
        "linear_warmup * rsqrt_decay * rsqrt_hidden_size, 8000 warm-up "
        "steps, hidden size 512",
    ),
    "trapezoid": Row(
        WarmupStableDecay(0.04, 0, 1_313, 562, decay="linear"),
        steps=1_875,
        source="Jordan et al., modded-nanogpt, https://github.com/KellerJordan/"
        "modded-nanogpt, train_gpt2.py at 01482e1: 0.04 for matrices, 1875 "
        "steps, the last 562 down to 0; Xing et al., arXiv 1802.08770, "
        "section 5",
    ),
    "wmt-transformer": Row(
        InverseSquareRootDecay(2 * (1024 * 16_000) ** -0.5, 16_000),
        steps=300_000,
        source="TensorFlow Model Garden, https://github.com/tensorflow/models, "
        "official/nlp/configs/wmt_transformer_experiments.py: 2 / sqrt(1024 * "
        "step), warm-up over 16 000 of 300 000 steps",
    ),
    "word2vec": Row(
        Clamped(PolynomialDecay(0.025, 1_000_000, 0.0), minimum=2.5e-6),
        steps=1_000_000,
        source="Mikolov et al., Efficient Estimation of Word "
        "Representations, arXiv 1301.3781, section 4.2: linearly from "
        "0.025 to 0; the released program keeps 0.0001 of it",
    ),
    "wsd-s": Row(
        Sequence(
            [
                Warmup(6e-4, 1_000),
                _to_a_tenth(6e-4, 1_250),
                6e-4,
                _to_a_tenth(6e-4, 2_500),
                6e-4,
                _to_a_tenth(6e-4, 5_000),
                6e-5,
            ],
            [11_250, 12_500, 22_500, 25_000, 45_000, 50_000],
        ),
        steps=50_000,
        source="Wen et al., Understanding Warmup-Stable-Decay Learning Rates, "
        "arXiv 2410.05192, section 5: the next stage goes on from where the "
        "last one has decayed; here 6e-4, and to a tenth of it in the last "
        "tenth of 12 500, 25 000 and 50 000 steps",
    ),
}
