"""The reader of StableHLO finds decisions by floats, and nothing else."""

import pytest
import stablehlo

_I, _F, _B = "tensor<i64>", "tensor<f64>", "tensor<i1>"


def _module(*body: str, arguments: str = "%arg0: tensor<i64>") -> str:
    lines = "\n".join(f"    {line} loc(#loc2)" for line in body)
    return (
        '#loc1 = loc("XLA_Args")\n'
        "module @a_inference.1 attributes {mhlo.is_dynamic = false} {\n"
        f"  func.func @main({arguments} loc(#loc1)) -> tensor<f32> {{\n"
        f"{lines}\n"
        "    return %9 : tensor<f32> loc(#loc)\n"
        "  } loc(#loc)\n"
        "} loc(#loc)\n"
        "#loc = loc(unknown)\n"
    )


def _decisions(*body: str, switches=(), **options) -> list[str]:
    return stablehlo.Module(_module(*body, **options)).real_decisions(switches)


_CAST = f"%0 = stablehlo.convert %arg0 : ({_I}) -> {_F}"
_TENTH = f"%cst = stablehlo.constant dense<1.000000e-01> : {_F}"
_SCALED = f"%1 = stablehlo.multiply %0, %cst : {_F}"
_CUT = f"%2 = stablehlo.convert %1 : ({_F}) -> {_I}"
_COUNT = f"%c = stablehlo.constant dense<10> : {_I}"
_PRODUCT = f"%3 = stablehlo.multiply %2, %c : {_I}"
_LEFT = f"%4 = stablehlo.subtract %arg0, %3 : {_I}"
_MORE = f"%5 = stablehlo.divide %4, %c : {_I}"
_CORRECTED = f"%6 = stablehlo.add %2, %5 : {_I}"
_ESTIMATE = (_CAST, _TENTH, _SCALED, _CUT, _COUNT, _PRODUCT, _LEFT)


def _compared(side: str, constant: str) -> list[str]:
    return [
        f"%cst_1 = stablehlo.constant dense<{constant}> : {_F}",
        f"%7 = stablehlo.compare  LT, {side}, %cst_1 : ({_F}, {_F}) -> {_B}",
    ]


@pytest.mark.parametrize(
    "body",
    [
        [_CAST, _TENTH, _SCALED],
        [_CAST, _TENTH, _SCALED, f"%2 = stablehlo.sine %1 : {_F}"],
        # A comparison of a whole step with a whole number.
        [_COUNT, f"%1 = stablehlo.compare  LT, %arg0, %c : ({_I}) -> {_B}"],
        [*_ESTIMATE, _MORE, _CORRECTED],
        # Scaling keeps the zeros of a nonnegative whole step.
        [_CAST, _TENTH, _SCALED, *_compared("%1", "0.000000e+00")],
        # A conversion between float types cuts nothing off.
        [_CAST, f"%1 = stablehlo.convert %0 : ({_F}) -> tensor<bf16>"],
        # Only NaN differs from itself.
        [_CAST, f"%1 = stablehlo.compare  NE, %0, %0 : ({_F}, {_F}) -> {_B}"],
    ],
    ids=["scaled", "sine", "integers", "corrected", "sign", "rounded", "nan"],
)
def test_decisions_by_integers_are_not_reported(body):
    assert _decisions(*body) == []


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ([*_ESTIMATE], "convert"),
        ([*_ESTIMATE, _MORE], "convert"),
        ([_CAST, f"%1 = stablehlo.floor %0 : {_F}"], "floor"),
        ([_CAST, *_compared("%0", "1.000000e+01")], "compare"),
        (
            [
                *(_CAST, _TENTH, f"%1 = stablehlo.subtract %0, %cst : {_F}"),
                *_compared("%1", "0.000000e+00"),
            ],
            "compare",
        ),
        (
            [
                *(_CAST, "%cst = stablehlo.constant dense<-0.1> : tensor<f64>"),
                *(_SCALED, *_compared("%1", "0.000000e+00")),
            ],
            "compare",
        ),
        # The remainder is used before it has been corrected.
        (
            [
                *(*_ESTIMATE, _MORE, _CORRECTED),
                f"%8 = stablehlo.convert %4 : ({_I}) -> {_F}",
            ],
            "convert",
        ),
        ([_CAST, f"%1 = stablehlo.sign %0 : {_F}"], "sign"),
    ],
    ids=[
        *("cut", "half-corrected", "floor", "comparison", "difference"),
        *("negative", "leftover", "unknown"),
    ],
)
def test_decisions_by_floats_are_reported(body, decision):
    (found,) = _decisions(*body)
    assert f"= {decision} " in found


def test_a_comparison_with_a_named_switch_is_not_reported():
    body = [_CAST, _TENTH, _SCALED, *_compared("%1", "5.000000e-01")]
    assert len(_decisions(*body)) == 1
    assert _decisions(*body, switches=["5.000000e-01"]) == []
    assert len(_decisions(*body, switches=["2.500000e-01"])) == 1


@pytest.mark.parametrize("dtype", ["f32", "bf16", "3xf64", "2x3xbf16"])
def test_arguments_of_any_floating_type_count_as_floats(dtype):
    cut = f"%0 = stablehlo.floor %arg0 : tensor<{dtype}>"
    assert len(_decisions(cut, arguments=f"%arg0: tensor<{dtype}>")) == 1


@pytest.mark.parametrize("dtype", ["i64", "ui32", "i1", "3xui8"])
def test_arguments_of_any_whole_type_do_not_count_as_floats(dtype):
    cut = f"%0 = stablehlo.remainder %arg0, %arg0 : tensor<{dtype}>"
    assert _decisions(cut, arguments=f"%arg0: tensor<{dtype}>") == []


@pytest.mark.parametrize(
    "line",
    [
        "%0:2 = stablehlo.while(%iterArg = %arg0) : tensor<i64>, tensor<f64>",
        "%0 = call @closed(%arg0) : (tensor<i64>) -> tensor<f64>",
        "cond {",
    ],
)
def test_an_unknown_line_counts_as_a_decision(line):
    (found,) = _decisions(line)
    assert line in found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "with a function @main"),
        ("HloModule a, is_scheduled=true\n\nENTRY %main {}\n", "@main"),
        (_module(_CAST).replace("@main", "@other"), "@main"),
        (_module(_CAST).partition("    return")[0], "@main"),
        (_module(_SCALED), "made before they are used"),
        (_module(_CAST, _SCALED), "made before they are used"),
    ],
    ids=["empty", "hlo", "no-main", "cut-off", "no-operands", "one-missing"],
)
def test_a_malformed_module_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        stablehlo.Module(text)
