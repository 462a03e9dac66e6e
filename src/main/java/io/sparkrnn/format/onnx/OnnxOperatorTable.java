package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.format.onnx.OnnxGraph.Attribute;
import io.sparkrnn.format.onnx.OnnxGraph.Node;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.operator.ArgMax;
import io.sparkrnn.graph.operator.BatchNormalization;
import io.sparkrnn.graph.operator.Cast;
import io.sparkrnn.graph.operator.Clip;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.Conv;
import io.sparkrnn.graph.operator.ConvTranspose;
import io.sparkrnn.graph.operator.CumSum;
import io.sparkrnn.graph.operator.Einsum;
import io.sparkrnn.graph.operator.Expand;
import io.sparkrnn.graph.operator.Eye;
import io.sparkrnn.graph.operator.Fill;
import io.sparkrnn.graph.operator.Flatten;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.GatherElements;
import io.sparkrnn.graph.operator.GatherNd;
import io.sparkrnn.graph.operator.Gemm;
import io.sparkrnn.graph.operator.GroupNormalization;
import io.sparkrnn.graph.operator.Identity;
import io.sparkrnn.graph.operator.LayerNormalization;
import io.sparkrnn.graph.operator.LpNormalization;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.OneHot;
import io.sparkrnn.graph.operator.Pad;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Pool;
import io.sparkrnn.graph.operator.Range;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.Resize;
import io.sparkrnn.graph.operator.ReverseSequence;
import io.sparkrnn.graph.operator.ShapeOf;
import io.sparkrnn.graph.operator.SizeOf;
import io.sparkrnn.graph.operator.Slice;
import io.sparkrnn.graph.operator.Softmax;
import io.sparkrnn.graph.operator.Split;
import io.sparkrnn.graph.operator.Squeeze;
import io.sparkrnn.graph.operator.Tile;
import io.sparkrnn.graph.operator.TopK;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Triangle;
import io.sparkrnn.graph.operator.Unsqueeze;
import io.sparkrnn.graph.operator.Where;
import io.sparkrnn.graph.operator.Window;
import io.sparkrnn.model.Activation;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The operators of <a href="https://onnx.ai/onnx/operators/">ONNX</a> that are run, by their names. */
final class OnnxOperatorTable {
    /** Those that are an {@link Activation} of the same name. */
    private static final List<String> ACTIVATIONS = List.of(
            "Tanh",
            "Sigmoid",
            "Relu",
            "Exp",
            "Softplus",
            "Softsign",
            "LeakyRelu",
            "ThresholdedRelu",
            "Elu",
            "HardSigmoid");

    /** Makes the operator of a node. */
    private interface Maker {
        Operator make(Attributes attributes);
    }

    /** What a node says beside its inputs, by the rules of the file's opset. */
    private record Attributes(Node node, long opset) {
        /** An attribute of the type that is wanted; null when there is none of the name. */
        private @Nullable Attribute of(String name, Attribute.Type wanted) {
            Attribute found = node.attributes().get(name);
            if (found != null && !found.is(wanted)) {
                throw problem("has an attribute '" + name + "' of another type than " + wanted);
            }
            return found;
        }

        long number(String name, long absent) {
            Attribute found = of(name, Attribute.Type.INT);
            return found == null ? absent : found.number();
        }

        /** A whole number that is no larger than those of Java. */
        int small(String name, long absent) {
            return small(name, Long.valueOf(number(name, absent)));
        }

        private int small(String name, Long number) {
            if (number != number.intValue()) {
                throw problem("has " + name + " of " + number);
            }
            return number.intValue();
        }

        List<Integer> smalls(String name) {
            return numbers(name).stream().map(number -> small(name, number)).toList();
        }

        /** A number that somebody wrote as a decimal: 0.1, of which a file has the nearest float32. */
        double real(String name, double absent) {
            Attribute found = of(name, Attribute.Type.FLOAT);
            return found == null ? decimal((float) absent) : decimal(found.real());
        }

        List<Long> numbers(String name) {
            Attribute found = of(name, Attribute.Type.INTS);
            return found == null ? List.of() : found.numbers();
        }

        List<Double> reals(String name) {
            Attribute found = of(name, Attribute.Type.FLOATS);
            return found == null
                    ? List.of()
                    : found.reals().stream().map(real -> decimal(real)).toList();
        }

        String text(String name, String absent) {
            Attribute found = of(name, Attribute.Type.STRING);
            return found == null || found.text().isEmpty() ? absent : found.text();
        }

        OnnxProblem problem(String what) {
            return new OnnxProblem(node + " (at byte " + node.at() + ") " + what);
        }
    }

    /** Why a node cannot be run. */
    static final class OnnxProblem extends RuntimeException {
        private static final long serialVersionUID = 1;

        OnnxProblem(String message) {
            super(message);
        }
    }

    /** Those of gelu and of attention, which no decimal is. */
    private static final double[] ROOTS = {Math.sqrt(2), 1 / Math.sqrt(2), Math.sqrt(2 / Math.PI), Math.sqrt(3), Math.PI
    };

    private static final Set<String> RANDOM = Set.of(
            "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial");

    private static final Map<String, Maker> MAKERS = makers();

    private OnnxOperatorTable() {}

    /** The names of all operators that are run, beside the recurrent ones and constants. */
    static List<String> names() {
        return List.copyOf(MAKERS.keySet());
    }

    /**
     * The operator of a node.
     *
     * @throws OnnxProblem when it is not known, or says what is not run
     */
    static Operator of(Node node, long opset) {
        Maker maker = node.isStandard() ? MAKERS.get(node.opType()) : null;
        if (maker == null && RANDOM.contains(node.opType())) {
            throw new OnnxProblem(
                    node + " (at byte " + node.at() + ") draws random numbers, so a row would have another"
                            + " result each time. Export the model so that it gives the mean, or the parameters, of what it draws"
                            + " from");
        }
        if (maker == null) {
            throw new OnnxProblem(node + " (at byte " + node.at() + ") is an operator that is not run"
                    + (node.isStandard() ? "" : " (of the domain " + node.domain() + ")") + "; run are "
                    + String.join(", ", names()) + ", and LSTM, GRU and RNN");
        }
        Attributes attributes = new Attributes(node, opset);
        try {
            return maker.make(attributes);
        } catch (GraphException e) {
            throw attributes.problem("cannot be run: " + e.getMessage());
        }
    }

    private static Map<String, Maker> makers() {
        Map<String, Maker> makers = new TreeMap<>();
        functions(makers);
        pairs(makers);
        reductions(makers);
        shapes(makers);
        layers(makers);
        return makers;
    }

    private static void functions(Map<String, Maker> makers) {
        makers.put("Abs", any -> new Function(Function.Of.ABS));
        makers.put("Neg", any -> new Function(Function.Of.NEG));
        makers.put("Ceil", any -> new Function(Function.Of.CEIL));
        makers.put("Floor", any -> new Function(Function.Of.FLOOR));
        makers.put("Round", any -> new Function(Function.Of.ROUND));
        makers.put("Sign", any -> new Function(Function.Of.SIGN));
        makers.put("Reciprocal", any -> new Function(Function.Of.RECIPROCAL));
        makers.put("Sqrt", any -> new Function(Function.Of.SQRT));
        makers.put("Log", any -> new Function(Function.Of.LOG));
        makers.put("Erf", any -> new Function(Function.Of.ERF));
        makers.put("Sin", any -> new Function(Function.Of.SIN));
        makers.put("Cos", any -> new Function(Function.Of.COS));
        makers.put("Not", any -> new Function(Function.Of.NOT));
        makers.put("Tan", any -> new Function(Function.Of.TAN));
        makers.put("Asin", any -> new Function(Function.Of.ASIN));
        makers.put("Acos", any -> new Function(Function.Of.ACOS));
        makers.put("Atan", any -> new Function(Function.Of.ATAN));
        makers.put("Sinh", any -> new Function(Function.Of.SINH));
        makers.put("Cosh", any -> new Function(Function.Of.COSH));
        makers.put("Asinh", any -> new Function(Function.Of.ASINH));
        makers.put("Acosh", any -> new Function(Function.Of.ACOSH));
        makers.put("Atanh", any -> new Function(Function.Of.ATANH));
        makers.put("IsNaN", any -> new Function(Function.Of.IS_NAN));
        makers.put("IsInf", node -> {
            if (node.number("detect_negative", 1) != 1 || node.number("detect_positive", 1) != 1) {
                throw node.problem("looks for the infinity of one sign; run is that of both");
            }
            return new Function(Function.Of.IS_INF);
        });
        makers.put("HardSwish", any -> new Function(Function.Of.HARD_SWISH));
        makers.put("Mish", any -> new Function(Function.Of.MISH));
        makers.put(
                "Gelu",
                node -> new Function(
                        node.text("approximate", "none").equals("tanh") ? Function.Of.GELU_TANH : Function.Of.GELU));
        for (String name : ACTIVATIONS) {
            makers.put(name, node -> activation(node, name));
        }
        makers.put(
                "Selu",
                node -> new Function.Activate(new Activation(
                        Activation.Kind.SELU,
                        node.real("alpha", 1.6732631921768188),
                        node.real("gamma", 1.0507010221481323))));
        makers.put(
                "Clip",
                node -> new Clip(
                        node.real("min", Double.NEGATIVE_INFINITY), node.real("max", Double.POSITIVE_INFINITY)));
        makers.put("Identity", any -> new Identity());
        makers.put("Dropout", any -> new Identity());
        makers.put("CastLike", any -> new Cast.Like());
        makers.put("Cast", OnnxOperatorTable::cast);
    }

    /** Its parameters are those of the node, in float32 as its attributes are. */
    private static Operator activation(Attributes node, String name) {
        Activation said = Activation.named(name).orElseThrow();
        int parameters = said.kind().parameters();
        return new Function.Activate(new Activation(
                said.kind(),
                parameters > 0 ? node.real("alpha", (float) said.alpha()) : 0,
                parameters > 1 ? node.real("beta", (float) said.beta()) : 0));
    }

    private static Operator cast(Attributes node) {
        return new Cast(kind(node, node.number("to", 0)));
    }

    /** What a number of ONNX's types is here. float16 is computed as float32, which has all its numbers. */
    private static Cast.To kind(Attributes node, long type) {
        String to = OnnxTensor.typeName(type);
        return switch (to) {
            case "FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16" -> Cast.To.NUMBERS;
            case "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "UINT32", "UINT64" -> Cast.To.WHOLES;
            case "BOOL" -> Cast.To.TRUTH;
            default -> throw node.problem("makes " + to + ", which is not computed with. Export the model in float32");
        };
    }

    private static GatherElements.How how(Attributes node) {
        String reduction = node.text("reduction", "none");
        for (GatherElements.How how : GatherElements.How.values()) {
            if (how.toString().equals(reduction)) {
                return how;
            }
        }
        throw node.problem("has the reduction '" + reduction + "'");
    }

    private static Operator resize(Attributes node) {
        boolean upsample = node.node().opType().equals("Upsample");
        List<Double> scales = node.reals("scales");
        String mode = node.text("mode", "nearest");
        // Before opset 11 scales were the second input, and places were counted from the first number.
        boolean old = upsample || node.opset() < 11;
        String place = old ? "asymmetric" : node.text("coordinate_transformation_mode", "half_pixel");
        String nearest = old ? "floor" : node.text("nearest_mode", "round_prefer_floor");
        if (node.number("antialias", 0) != 0
                || !node.text("keep_aspect_ratio_policy", "stretch").equals("stretch")) {
            throw node.problem("smooths, or keeps an aspect ratio, which is not computed");
        }
        return new Resize(
                choice(node, "mode", mode.equals("bilinear") ? "linear" : mode, Resize.Mode.values()),
                choice(node, "coordinate_transformation_mode", place, Resize.Place.values()),
                choice(node, "nearest_mode", nearest, Resize.Nearest.values()),
                scales,
                old ? 1 : 2,
                node.numbers("axes"));
    }

    private static <E extends Enum<E>> E choice(Attributes node, String name, String said, E[] choices) {
        for (E choice : choices) {
            if (choice.name().toLowerCase(java.util.Locale.ROOT).equals(said)) {
                return choice;
            }
        }
        throw node.problem("has the " + name + " '" + said + "'; run are "
                + java.util.Arrays.stream(choices)
                        .map(choice -> choice.name().toLowerCase(java.util.Locale.ROOT))
                        .collect(java.util.stream.Collectors.joining(", ")));
    }

    private static void pairs(Map<String, Maker> makers) {
        makers.put("Add", any -> new Pair(Pair.Of.ADD));
        makers.put("Sub", any -> new Pair(Pair.Of.SUB));
        makers.put("Mul", any -> new Pair(Pair.Of.MUL));
        makers.put("Div", any -> new Pair(Pair.Of.DIV));
        makers.put("Pow", any -> new Pair(Pair.Of.POW));
        makers.put("Mod", node -> new Pair(node.number("fmod", 0) == 0 ? Pair.Of.MOD : Pair.Of.FMOD));
        makers.put("Min", any -> new Pair(Pair.Of.MIN));
        makers.put("Max", any -> new Pair(Pair.Of.MAX));
        makers.put("Sum", any -> new Pair(Pair.Of.ADD));
        makers.put("Mean", any -> new Pair(Pair.Of.MEAN));
        makers.put("PRelu", any -> new Pair(Pair.Of.PRELU));
        makers.put("Equal", any -> new Pair(Pair.Of.EQUAL));
        makers.put("Less", any -> new Pair(Pair.Of.LESS));
        makers.put("LessOrEqual", any -> new Pair(Pair.Of.LESS_OR_EQUAL));
        makers.put("Greater", any -> new Pair(Pair.Of.GREATER));
        makers.put("GreaterOrEqual", any -> new Pair(Pair.Of.GREATER_OR_EQUAL));
        makers.put("And", any -> new Pair(Pair.Of.AND));
        makers.put("Or", any -> new Pair(Pair.Of.OR));
        makers.put("Xor", any -> new Pair(Pair.Of.XOR));
        makers.put("Where", any -> new Where());
    }

    private static void reductions(Map<String, Maker> makers) {
        Map<String, Reduce.Of> reductions = Map.of(
                "ReduceSum",
                Reduce.Of.SUM,
                "ReduceMean",
                Reduce.Of.MEAN,
                "ReduceMax",
                Reduce.Of.MAX,
                "ReduceMin",
                Reduce.Of.MIN,
                "ReduceProd",
                Reduce.Of.PROD,
                "ReduceL1",
                Reduce.Of.L1,
                "ReduceL2",
                Reduce.Of.L2,
                "ReduceSumSquare",
                Reduce.Of.SUM_SQUARE,
                "ReduceLogSumExp",
                Reduce.Of.LOG_SUM_EXP);
        reductions.forEach((name, of) -> makers.put(
                name,
                node -> new Reduce(
                        of,
                        node.numbers("axes"),
                        keep(node),
                        node.number("noop_with_empty_axes", 0) == 0 ? Reduce.None.ALL : Reduce.None.NOTHING)));
        makers.put("GlobalAveragePool", any -> global(Reduce.Of.MEAN));
        makers.put("GlobalMaxPool", any -> global(Reduce.Of.MAX));
        makers.put("Softmax", node -> softmax(node, Softmax.Of.SOFTMAX));
        makers.put("LogSoftmax", node -> softmax(node, Softmax.Of.LOG_SOFTMAX));
        makers.put("Hardmax", node -> softmax(node, Softmax.Of.HARDMAX));
        makers.put("ArgMax", node -> argMax(node, TopK.End.LARGEST));
        makers.put("ArgMin", node -> argMax(node, TopK.End.SMALLEST));
        makers.put(
                "TopK",
                node -> new TopK(
                        node.number("axis", -1),
                        node.number("largest", 1) == 1 ? TopK.End.LARGEST : TopK.End.SMALLEST,
                        node.number("k", -1)));
        makers.put(
                "CumSum",
                node -> new CumSum(
                        node.number("exclusive", 0) == 0 ? CumSum.Own.WITH : CumSum.Own.WITHOUT,
                        node.number("reverse", 0) == 0 ? CumSum.Direction.FORWARD : CumSum.Direction.BACKWARD));
    }

    private static Reduce.Keep keep(Attributes node) {
        return node.number("keepdims", 1) == 0 ? Reduce.Keep.GO : Reduce.Keep.STAY;
    }

    /** Along the steps of [1, C, T], or [1, C, T, 1]: all axes after the channels. */
    private static Operator global(Reduce.Of of) {
        return new Pool.Global(of);
    }

    private static Operator softmax(Attributes node, Softmax.Of of) {
        return node.opset() >= 13
                ? new Softmax(of, node.number("axis", -1), Softmax.Along.AXIS)
                : new Softmax(of, node.number("axis", 1), Softmax.Along.AXIS_AND_AFTER);
    }

    private static Operator argMax(Attributes node, TopK.End end) {
        return new ArgMax(
                node.number("axis", 0),
                end,
                keep(node),
                node.number("select_last_index", 0) == 0 ? ArgMax.Of.FIRST : ArgMax.Of.LAST);
    }

    private static void shapes(Map<String, Maker> makers) {
        makers.put("Transpose", node -> new Transpose(node.smalls("perm")));
        makers.put(
                "Reshape",
                node -> new Reshape(node.number("allowzero", 0) == 0 ? Reshape.Zero.AS_IT_IS : Reshape.Zero.EMPTY));
        makers.put("Flatten", node -> new Flatten(node.number("axis", 1)));
        makers.put("Squeeze", node -> new Squeeze(node.numbers("axes")));
        makers.put("Unsqueeze", node -> new Unsqueeze(node.numbers("axes")));
        makers.put("Slice", node -> new Slice(node.numbers("starts"), node.numbers("ends"), node.numbers("axes")));
        makers.put("Gather", node -> new Gather(node.number("axis", 0)));
        makers.put("GatherElements", node -> new GatherElements(node.number("axis", 0)));
        makers.put("GatherND", node -> new GatherNd(node.small("batch_dims", 0)));
        makers.put("ScatterElements", node -> new GatherElements.Scatter(node.number("axis", 0), how(node)));
        makers.put("ScatterND", node -> new GatherNd.Scatter(how(node)));
        makers.put("OneHot", node -> new OneHot(node.number("axis", -1)));
        makers.put(
                "Trilu",
                node -> new Triangle(node.number("upper", 1) == 0 ? Triangle.Kept.LOWER : Triangle.Kept.UPPER));
        makers.put(
                "EyeLike",
                node -> new Eye(
                        node.number("k", 0),
                        node.node().attributes().containsKey("dtype") ? kind(node, node.number("dtype", 0)) : null));
        makers.put("Resize", OnnxOperatorTable::resize);
        makers.put("Upsample", OnnxOperatorTable::resize);
        makers.put("Concat", node -> new Concat(node.number("axis", 0)));
        makers.put(
                "Split",
                node -> new Split(
                        node.number("axis", 0),
                        node.numbers("split"),
                        node.node().outputs().size()));
        makers.put("Expand", any -> new Expand());
        makers.put("Tile", any -> new Tile());
        makers.put("Shape", node -> new ShapeOf(node.number("start", 0), node.number("end", Long.MAX_VALUE)));
        makers.put("Size", any -> new SizeOf());
        makers.put("Range", any -> new Range());
        makers.put("ConstantOfShape", OnnxOperatorTable::fill);
        makers.put("Pad", OnnxOperatorTable::pad);
        makers.put(
                "ReverseSequence",
                node -> new ReverseSequence(node.number("batch_axis", 1), node.number("time_axis", 0)));
    }

    private static Operator fill(Attributes node) {
        Attribute value = node.of("value", Attribute.Type.TENSOR);
        OnnxTensor tensor = value == null ? null : value.tensor();
        if (tensor == null) {
            return new Fill(0, Cast.To.NUMBERS);
        }
        DType dtype = tensor.dtype();
        if (dtype == null || tensor.shape().elements() != 1 || tensor.external() != null) {
            throw node.problem("has a value of " + tensor.typeName() + " " + tensor.shape() + "; expected one number");
        }
        Tensor number =
                tensor.load(new OnnxFiles(tensor.name(), 0, Companions.NONE)).tensor();
        return dtype.isWeight()
                ? new Fill(number.toDoubles()[0], Cast.To.NUMBERS)
                : new Fill((double) number.toLongs()[0], Cast.To.WHOLES);
    }

    private static Operator pad(Attributes node) {
        String mode = node.text("mode", "constant");
        return new Pad(
                switch (mode) {
                    case "constant" -> Pad.Mode.CONSTANT;
                    case "reflect" -> Pad.Mode.REFLECT;
                    case "edge" -> Pad.Mode.EDGE;
                    default ->
                        throw node.problem("pads in the mode '" + mode + "'; run are constant, reflect and edge");
                },
                node.numbers("pads"),
                node.real("value", 0));
    }

    private static void layers(Map<String, Maker> makers) {
        makers.put("MatMul", any -> new MatMul());
        makers.put(
                "Gemm",
                node -> new Gemm(
                        node.real("alpha", 1),
                        node.real("beta", 1),
                        node.number("transA", 0) == 0 ? Gemm.Turn.NONE : Gemm.Turn.TRANSPOSED,
                        node.number("transB", 0) == 0 ? Gemm.Turn.NONE : Gemm.Turn.TRANSPOSED));
        makers.put(
                "LayerNormalization",
                node -> new LayerNormalization(node.number("axis", -1), node.real("epsilon", 1e-5f)));
        makers.put("InstanceNormalization", node -> new GroupNormalization(0, node.real("epsilon", 1e-5f)));
        makers.put("GroupNormalization", node -> {
            int groups = node.small("num_groups", 0);
            if (groups < 1) {
                throw node.problem("has " + groups + " groups");
            }
            return new GroupNormalization(groups, node.real("epsilon", 1e-5f));
        });
        makers.put("Einsum", node -> Einsum.of(node.text("equation", "")));
        makers.put("ConvTranspose", OnnxOperatorTable::convTranspose);
        makers.put("BatchNormalization", node -> {
            if (node.number("training_mode", 0) != 0) {
                throw node.problem("is in training mode: export the model after model.eval()");
            }
            return new BatchNormalization(1, node.real("epsilon", 1e-5f));
        });
        makers.put("LpNormalization", node -> {
            long p = node.number("p", 2);
            if (p != 1 && p != 2) {
                throw node.problem("has p of " + p + "; run are 1 and 2");
            }
            return new LpNormalization(node.number("axis", -1), (int) p);
        });
        makers.put("Conv", node -> {
            List<Window> windows = windows(node, node.numbers("kernel_shape"), Size.OF_THE_WEIGHTS);
            return new Conv(
                    windows.get(windows.size() - 1),
                    windows.size() == 1 ? null : windows.get(0),
                    node.small("group", 1));
        });
        makers.put("MaxPool", node -> pool(node, Pool.Of.MAX, Pool.Beyond.NOTHING));
        makers.put(
                "AveragePool",
                node -> pool(
                        node,
                        Pool.Of.MEAN,
                        node.number("count_include_pad", 0) == 0 ? Pool.Beyond.NOTHING : Pool.Beyond.ZEROS));
    }

    private static Operator pool(Attributes node, Pool.Of of, Pool.Beyond beyond) {
        if (node.node().outputs().size() > 1 && !node.node().outputs().get(1).isEmpty()) {
            throw node.problem("gives the indices of its maxima, which are not computed");
        }
        List<Window> windows = windows(node, node.numbers("kernel_shape"), Size.SAID);
        return new Pool(of, windows.get(windows.size() - 1), windows.size() == 1 ? null : windows.get(0), beyond);
    }

    /** Where the size of a window stands. */
    private enum Size {
        SAID,
        OF_THE_WEIGHTS
    }

    /** The windows of two axes along which one moves; only one where it moves along one. */
    private static List<Window> windows(Attributes node, List<Long> kernel, Size size) {
        int axes = Math.max(1, kernel.size());
        List<Long> pads = node.numbers("pads");
        List<Long> strides = node.numbers("strides");
        List<Long> dilations = node.numbers("dilations");
        boolean[] moves = new boolean[2];
        for (int a = 0; a < 2 && axes == 2; a++) {
            moves[a] = kernel.get(a) != 1 || at(pads, a, 0) != 0 || at(pads, a + 2, 0) != 0 || at(strides, a, 1) != 1;
        }
        if (axes > 2) {
            throw node.problem("has a window of " + kernel + ", strides " + strides + " and pads " + pads
                    + "; run are those along one axis or two");
        }
        if (kernel.isEmpty() && (size == Size.SAID || pads.size() > 2 || strides.size() > 1 || dilations.size() > 1)) {
            throw node.problem("has no kernel_shape");
        }
        if (moves[0] && moves[1]) {
            return List.of(window(node, kernel, size, 0, axes, -1), window(node, kernel, size, 1, axes, -1));
        }
        int along = moves[1] ? 1 : 0;
        return List.of(window(node, kernel, size, along, axes, moves[0] || moves[1] ? along : -1));
    }

    private static Window window(Attributes node, List<Long> kernel, Size size, int axis, int axes, int along) {
        List<Long> pads = node.numbers("pads");
        String auto = node.text("auto_pad", "NOTSET");
        return new Window(
                size == Size.SAID ? whole(node, at(kernel, axis, 1)) : 0,
                whole(node, at(node.numbers("strides"), axis, 1)),
                whole(node, at(node.numbers("dilations"), axis, 1)),
                auto.equals("NOTSET") ? whole(node, at(pads, axis, 0)) : 0,
                auto.equals("NOTSET") ? whole(node, at(pads, axis + axes, 0)) : 0,
                node.number("ceil_mode", 0) == 0 ? Window.Fit.WHOLE : Window.Fit.BEGUN,
                same(node, auto),
                along);
    }

    private static Window.Pad same(Attributes node, String auto) {
        return switch (auto) {
            case "NOTSET", "VALID" -> Window.Pad.SAID;
            case "SAME_UPPER" -> Window.Pad.SAME_UPPER;
            case "SAME_LOWER" -> Window.Pad.SAME_LOWER;
            default -> throw node.problem("has auto_pad '" + auto + "'");
        };
    }

    private static Operator convTranspose(Attributes node) {
        if (node.numbers("kernel_shape").size() > 1 || node.numbers("pads").size() > 2) {
            throw node.problem("moves along several axes; run are transposed convolutions along one");
        }
        if (!node.numbers("output_shape").isEmpty()) {
            throw node.problem("has an output_shape, which fixes the number of steps");
        }
        return new ConvTranspose(
                whole(node, at(node.numbers("strides"), 0, 1)),
                whole(node, at(node.numbers("dilations"), 0, 1)),
                whole(node, at(node.numbers("pads"), 0, 0)),
                whole(node, at(node.numbers("pads"), 1, 0)),
                whole(node, at(node.numbers("output_padding"), 0, 0)),
                same(node, node.text("auto_pad", "NOTSET")),
                node.small("group", 1));
    }

    private static long at(List<Long> numbers, int index, long absent) {
        return index < numbers.size() ? numbers.get(index) : absent;
    }

    private static int whole(Attributes node, long number) {
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw node.problem("has a window of " + number);
        }
        return (int) number;
    }

    /**
     * The number that somebody wrote whose nearest float32 this is: the shortest decimal, or one of the roots that are written
     * as such. In float32 nothing changes; in float64 it is what the framework has before it writes the file.
     */
    static double decimal(float real) {
        for (double root : ROOTS) {
            if ((float) root == real) {
                return root;
            }
        }
        return Float.isFinite(real) ? Double.parseDouble(Float.toString(real)) : real;
    }

    /** Whether an operator gives just the numbers that it is given, in another shape. */
    static boolean moves(Operator operator) {
        return operator instanceof Identity
                || operator instanceof Reshape
                || operator instanceof Transpose
                || operator instanceof Squeeze
                || operator instanceof Unsqueeze
                || operator instanceof Flatten
                || operator instanceof Expand
                || operator instanceof Slice
                || operator instanceof Gather
                || operator instanceof Split
                || (operator instanceof Cast cast && cast.to() == Cast.To.WHOLES);
    }
}
