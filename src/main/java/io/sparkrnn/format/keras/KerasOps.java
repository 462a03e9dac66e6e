package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sparkrnn.format.keras.KerasWhole.Value;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.operator.Cast;
import io.sparkrnn.graph.operator.Clip;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.CumSum;
import io.sparkrnn.graph.operator.Einsum;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.Slice;
import io.sparkrnn.graph.operator.Softmax;
import io.sparkrnn.graph.operator.Squeeze;
import io.sparkrnn.graph.operator.Tile;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Unsqueeze;
import io.sparkrnn.graph.operator.Where;
import io.sparkrnn.model.Activation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Functions that a functional model calls between its layers: <a href="https://keras.io/api/ops/">keras.ops</a> of Keras 3 ({@code
 * GetItem}, {@code Mean}), and TensorFlow's of Keras 2 ({@code TFOpLambda}, {@code SlicingOpLambda}: {@code
 * __operators__.getitem}, {@code math.reduce_mean}). Masks are not passed on.
 */
final class KerasOps {
    /** Other names of the same. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("getitem", "get_item"),
            Map.entry("true_divide", "divide"),
            Map.entry("truediv", "divide"),
            Map.entry("sub", "subtract"),
            Map.entry("mul", "multiply"),
            Map.entry("div", "divide"),
            Map.entry("pow", "power"),
            Map.entry("neg", "negative"),
            Map.entry("absolute", "abs"),
            Map.entry("amax", "max"),
            Map.entry("amin", "min"),
            Map.entry("reduce_mean", "mean"),
            Map.entry("reduce_sum", "sum"),
            Map.entry("reduce_max", "max"),
            Map.entry("reduce_min", "min"),
            Map.entry("reduce_prod", "prod"),
            Map.entry("concat", "concatenate"),
            Map.entry("silu", "swish"),
            Map.entry("ne", "not_equal"),
            Map.entry("rsub", "subtract"),
            Map.entry("batch_matmul", "matmul"),
            Map.entry("clip_by_value", "clip"));

    /** The place of an argument that is given by its name alone. */
    private static final int NOWHERE = Integer.MAX_VALUE;

    private final KerasCall call;
    private final List<JsonNode> places;
    private final Map<String, JsonNode> named;
    private final Map<String, Value> tensors;

    private KerasOps(KerasCall call, List<JsonNode> places, Map<String, JsonNode> named, Map<String, Value> tensors) {
        this.call = call;
        this.places = places;
        this.named = named;
        this.tensors = tensors;
    }

    /** Whether a layer is a call of a function. */
    static boolean is(KerasLayer layer, JsonNode node) {
        return layer.className().equals("TFOpLambda")
                || layer.className().equals("SlicingOpLambda")
                || node.path("module").asText().contains(".ops");
    }

    /**
     * Calls a function.
     *
     * @param inbound its arguments
     * @param tensors the values among them, by {@link KerasTensor#key}
     */
    static List<Value> call(KerasCall call, JsonNode inbound, Map<String, Value> tensors) {
        List<JsonNode> places = new ArrayList<>();
        Map<String, JsonNode> named = new LinkedHashMap<>();
        if (inbound.isObject()) {
            inbound.path("args").forEach(places::add);
            put(inbound.path("kwargs"), named);
        } else {
            // Keras 2: [LAYER, NODE, INDEX, {NAME: ARGUMENT}], or a list of such.
            JsonNode first = inbound.path(0).isTextual() ? inbound : inbound.path(0);
            boolean several = inbound.path(0).isArray() && inbound.size() > 1;
            places.add(several ? inbound : first);
            put(first.path(3), named);
        }
        Map<String, JsonNode> own = new LinkedHashMap<>();
        put(call.config(), own);
        own.forEach(named::putIfAbsent);
        return new KerasOps(call, places, named, tensors).run();
    }

    private static void put(JsonNode object, Map<String, JsonNode> to) {
        object.fieldNames().forEachRemaining(name -> to.put(name, object.path(name)));
    }

    private String name() {
        String said = call.config().path("function").asText();
        String own = said.isEmpty()
                ? KerasConfig.numbered(call.layer().className(), 0)
                : said.substring(said.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return NAMES.getOrDefault(own, own);
    }

    private List<Value> run() {
        String name = name();
        return switch (name) {
            case "get_item" -> getItem();
            case "add" -> pair(Pair.Of.ADD);
            case "subtract" -> pair(Pair.Of.SUB);
            case "multiply" -> pair(Pair.Of.MUL);
            case "divide" -> pair(Pair.Of.DIV);
            case "power" -> pair(Pair.Of.POW);
            case "maximum" -> pair(Pair.Of.MAX);
            case "minimum" -> pair(Pair.Of.MIN);
            case "equal" -> pair(Pair.Of.EQUAL);
            case "greater" -> pair(Pair.Of.GREATER);
            case "greater_equal" -> pair(Pair.Of.GREATER_OR_EQUAL);
            case "less" -> pair(Pair.Of.LESS);
            case "less_equal" -> pair(Pair.Of.LESS_OR_EQUAL);
            case "not_equal" -> {
                Value same = pair(Pair.Of.EQUAL).get(0);
                yield one(call.node(new Function(Function.Of.NOT), same.name()), same.rank());
            }
            case "mean" -> reduce(Reduce.Of.MEAN);
            case "sum" -> reduce(Reduce.Of.SUM);
            case "max" -> reduce(Reduce.Of.MAX);
            case "min" -> reduce(Reduce.Of.MIN);
            case "prod" -> reduce(Reduce.Of.PROD);
            case "logsumexp", "reduce_logsumexp" -> reduce(Reduce.Of.LOG_SUM_EXP);
            case "expand_dims" -> {
                Value x = tensor(0, "x", "input");
                long axis = number(1, "axis", -1);
                yield one(call.node(new Unsqueeze(List.of(axis)), x.name()), x.rank() + 1);
            }
            case "squeeze" -> {
                Value x = tensor(0, "x", "input");
                JsonNode axis = said(1, "axis");
                if (!axis.isInt()) {
                    throw call.refused("squeezes without saying which axis");
                }
                yield one(call.node(new Squeeze(List.of(axis.asLong())), x.name()), x.rank() - 1);
            }
            case "concatenate" -> {
                List<Value> all = list();
                yield one(
                        call.node(
                                new Concat(number(1, "axis", -1)),
                                all.stream().map(Value::name).toArray(String[]::new)),
                        all.get(0).rank());
            }
            case "stack" -> {
                List<Value> all = list();
                long axis = number(1, "axis", 0);
                String[] wide = all.stream()
                        .map(value -> call.node(new Unsqueeze(List.of(axis)), value.name()))
                        .toArray(String[]::new);
                yield one(call.node(new Concat(axis), wide), all.get(0).rank() + 1);
            }
            case "reshape" -> {
                Value x = tensor(0, "x", "tensor");
                long[] shape = numbers(said(1, "newshape", "shape"));
                if (shape.length == 0) {
                    throw call.refused("reshapes without a shape of [batch, ...]");
                }
                shape[0] = shape[0] < 0 ? 1 : shape[0];
                yield one(call.node(new Reshape(Reshape.Zero.EMPTY), x.name(), call.wholes(shape)), shape.length);
            }
            case "transpose" -> {
                Value x = tensor(0, "x", "a");
                List<Integer> order = new ArrayList<>();
                for (long axis : numbers(said(1, "axes", "perm"))) {
                    order.add((int) axis);
                }
                yield one(call.node(new Transpose(order), x.name()), x.rank());
            }
            case "matmul" -> {
                Value a = tensor(0, "x1", "a");
                Value b = tensor(1, "x2", "b");
                String left = turned(a, "transpose_a");
                String right = turned(b, "transpose_b");
                yield one(call.node(new MatMul(), left, right), Math.max(a.rank(), b.rank()));
            }
            case "einsum" -> {
                JsonNode first = said(0);
                Einsum einsum =
                        Einsum.of((first.isTextual() ? first : said(NOWHERE, "subscripts", "equation")).asText());
                String[] all = operands(einsum.inputs().size());
                yield one(call.node(einsum, all), einsum.result().length());
            }
            case "tile" -> {
                Value x = tensor(0, "x", "input");
                yield one(
                        call.node(new Tile(), x.name(), call.wholes(numbers(said(1, "repeats", "multiples")))),
                        x.rank());
            }
            case "flip", "reverse" -> {
                Value x = tensor(0, "x", "tensor");
                long[] axes = numbers(said(1, "axis"));
                if (axes.length == 0) {
                    throw call.refused("turns without saying which axis");
                }
                long[] back = new long[axes.length];
                java.util.Arrays.fill(back, -1);
                long[] end = new long[axes.length];
                java.util.Arrays.fill(end, Long.MIN_VALUE / 2);
                yield one(
                        call.node(
                                Slice.byInputs(),
                                x.name(),
                                call.wholes(back),
                                call.wholes(end),
                                call.wholes(axes),
                                call.wholes(back)),
                        x.rank());
            }
            case "cumsum" -> {
                Value x = tensor(0, "x", "x");
                if (isKeras3() && said(1, "axis").isMissingNode()) {
                    throw call.refused("sums up all axes together, which is not computed");
                }
                yield one(
                        call.node(
                                new CumSum(
                                        said(NOWHERE, "exclusive").asBoolean(false)
                                                ? CumSum.Own.WITHOUT
                                                : CumSum.Own.WITH,
                                        said(NOWHERE, "reverse").asBoolean(false)
                                                ? CumSum.Direction.BACKWARD
                                                : CumSum.Direction.FORWARD),
                                x.name(),
                                call.wholes(number(1, "axis", 0))),
                        x.rank());
            }
            case "clip" -> {
                Value x = tensor(0, "x", "t");
                double low = bound(said(1, "x_min", "clip_value_min"), Double.NEGATIVE_INFINITY);
                double high = bound(said(2, "x_max", "clip_value_max"), Double.POSITIVE_INFINITY);
                yield one(call.node(new Clip(low, high), x.name()), x.rank());
            }
            case "softmax", "log_softmax" -> {
                Value x = tensor(0, "x", "logits");
                Softmax.Of of = name.equals("softmax") ? Softmax.Of.SOFTMAX : Softmax.Of.LOG_SOFTMAX;
                yield one(call.node(new Softmax(of, number(1, "axis", -1), Softmax.Along.AXIS), x.name()), x.rank());
            }
            case "where" -> {
                Value condition = tensor(0, "condition", "cond");
                String a = operand(1, "x1", "x");
                String b = operand(2, "x2", "y");
                yield one(call.node(new Where(), condition.name(), a, b), highest());
            }
            case "cast" -> {
                Value x = tensor(0, "x", "x");
                String dtype = said(1, "dtype").asText();
                Cast.To to = dtype.startsWith("int") || dtype.startsWith("uint")
                        ? Cast.To.WHOLES
                        : dtype.startsWith("bool") ? Cast.To.TRUTH : Cast.To.NUMBERS;
                yield one(call.node(new Cast(to), x.name()), x.rank());
            }
            case "square" -> {
                Value x = tensor(0, "x", "x");
                yield one(call.node(new Pair(Pair.Of.MUL), x.name(), x.name()), x.rank());
            }
            case "stop_gradient", "identity", "convert_to_tensor" -> {
                Value x = tensor(0, "x", "input");
                yield List.of(x);
            }
            default -> {
                Operator function = function(name);
                Value x = tensor(0, "x", "features");
                yield one(call.node(function, x.name()), x.rank());
            }
        };
    }

    private Operator function(String name) {
        return switch (name) {
            case "abs" -> new Function(Function.Of.ABS);
            case "negative" -> new Function(Function.Of.NEG);
            case "log" -> new Function(Function.Of.LOG);
            case "sqrt" -> new Function(Function.Of.SQRT);
            case "reciprocal" -> new Function(Function.Of.RECIPROCAL);
            case "sign" -> new Function(Function.Of.SIGN);
            case "floor" -> new Function(Function.Of.FLOOR);
            case "ceil" -> new Function(Function.Of.CEIL);
            case "round" -> {
                none("decimals");
                yield new Function(Function.Of.ROUND);
            }
            case "sin" -> new Function(Function.Of.SIN);
            case "cos" -> new Function(Function.Of.COS);
            case "erf" -> new Function(Function.Of.ERF);
            case "logical_not" -> new Function(Function.Of.NOT);
            case "exp", "tanh", "sigmoid", "softplus", "softsign", "swish" ->
                new Function.Activate(Activation.named(name).orElseThrow());
            case "relu" -> {
                none("alpha", "negative_slope", "max_value", "threshold");
                yield new Function.Activate(Activation.RELU);
            }
            case "elu" ->
                new Function.Activate(
                        new Activation(Activation.Kind.ELU, said(1, "alpha").asDouble(1), 0));
            case "gelu" ->
                new Function(said(1, "approximate").asBoolean(isKeras3()) ? Function.Of.GELU_TANH : Function.Of.GELU);
            default -> throw call.refused("calls the function '" + name + "', which is not run; run are " + names());
        };
    }

    /** Some of those that are run, for messages. */
    private static String names() {
        return "get_item, add, subtract, multiply, divide, power, maximum, minimum, mean, sum, max, min, expand_dims,"
                + " squeeze, concatenate, stack, reshape, transpose, matmul, einsum, tile, flip, cumsum, clip, softmax,"
                + " where, cast, exp, log, sqrt, square, tanh, sigmoid, relu, gelu";
    }

    // ---- arguments ----

    private static List<Value> one(String name, int rank) {
        return KerasCall.one(name, rank, null);
    }

    /** An argument by its place, or one of its names; a missing node where it is not said. */
    private JsonNode said(int place, String... names) {
        if (place < places.size() && !places.get(place).isNull()) {
            return places.get(place);
        }
        for (String name : names) {
            JsonNode found = named.get(name);
            if (found != null && !found.isNull()) {
                return found;
            }
        }
        return MissingNode.getInstance();
    }

    private @Nullable Value found(JsonNode argument) {
        return KerasTensor.list(argument).stream()
                .filter(tensor -> tensor.argument().isEmpty())
                .findFirst()
                .map(tensor -> tensors.get(tensor.key()))
                .orElse(null);
    }

    private Value tensor(int place, String name, String other) {
        Value value = found(said(place, name, other));
        if (value == null) {
            throw call.refused("is not given a value as its argument '" + name + "'");
        }
        return value;
    }

    /** A value, or a number as a constant. */
    private String operand(int place, String name, String other) {
        JsonNode argument = said(place, name, other);
        if (argument.isNumber()) {
            return call.whole().number(call.layer(), argument.asDouble());
        }
        return tensor(place, name, other).name();
    }

    private List<Value> pair(Pair.Of of) {
        String a = operand(0, "x1", "x");
        String b = operand(1, "x2", "y");
        boolean turned = call.config().path("function").asText().endsWith("rsub");
        // A quotient of whole numbers has what is behind the point, too.
        String left = of == Pair.Of.DIV ? numbers(a) : a;
        return one(turned ? call.node(new Pair(of), b, left) : call.node(new Pair(of), left, b), highest());
    }

    /** A value as numbers that have something behind the point. */
    private String numbers(String value) {
        return call.node(new Cast(Cast.To.NUMBERS), value);
    }

    /** The most axes that a value it is given has: those of what they make together. */
    private int highest() {
        return tensors.values().stream().mapToInt(Value::rank).max().orElse(0);
    }

    /** The values that it is given, as often as it is given them. */
    private String[] operands(int count) {
        List<String> all = new ArrayList<>();
        for (JsonNode place : places) {
            for (KerasTensor tensor : KerasTensor.list(place)) {
                Value value = tensors.get(tensor.key());
                if (value != null && tensor.argument().isEmpty()) {
                    all.add(value.name());
                }
            }
        }
        if (all.size() != count) {
            all = tensors.values().stream().map(Value::name).toList();
        }
        if (all.size() != count) {
            throw call.refused("is given " + all.size() + (all.size() == 1 ? " value" : " values")
                    + "; its equation takes " + count);
        }
        return all.toArray(String[]::new);
    }

    /** Refuses what else it is told, unless it is 0. */
    private void none(String... names) {
        for (String name : names) {
            JsonNode said = said(NOWHERE, name);
            if (said.isNumber() && said.asDouble() != 0) {
                throw call.refused("is told " + name + "=" + said + ", which is not computed");
            }
        }
    }

    private double bound(JsonNode said, double absent) {
        if (!said.isMissingNode() && !said.isNumber()) {
            throw call.refused("has a bound that is computed; expected a number");
        }
        return said.asDouble(absent);
    }

    /** Whether it is one of keras.ops, and not of TensorFlow's. */
    private boolean isKeras3() {
        return call.config().path("function").isMissingNode();
    }

    private List<Value> list() {
        List<Value> all = new ArrayList<>();
        for (KerasTensor tensor : KerasTensor.list(said(0, "xs", "values"))) {
            Value value = tensors.get(tensor.key());
            if (value != null && tensor.argument().isEmpty()) {
                all.add(value);
            }
        }
        if (all.isEmpty()) {
            throw call.refused("is not given a list of values");
        }
        return all;
    }

    private long number(int place, String name, long absent) {
        JsonNode said = said(place, name);
        if (said.size() > 1) {
            throw call.refused("is told the " + name + " " + said + "; expected one");
        }
        return said.isArray() ? said.path(0).asLong(absent) : said.asLong(absent);
    }

    private static long[] numbers(JsonNode said) {
        if (said.isNumber()) {
            return new long[] {said.asLong()};
        }
        long[] numbers = new long[said.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = said.path(i).asLong(-1);
        }
        return numbers;
    }

    private String turned(Value x, String argument) {
        if (!said(NOWHERE, argument).asBoolean(false)) {
            return x.name();
        }
        List<Integer> order = new ArrayList<>();
        for (int d = 0; d < x.rank(); d++) {
            order.add(d < x.rank() - 2 ? d : 2 * x.rank() - 3 - d);
        }
        return call.node(new Transpose(order), x.name());
    }

    private List<Value> reduce(Reduce.Of of) {
        Value x = tensor(0, "x", "input_tensor");
        JsonNode axis = said(1, "axis");
        List<Long> axes = new ArrayList<>();
        for (long each : numbers(axis)) {
            axes.add(each);
        }
        Reduce.Keep keep = said(2, "keepdims").asBoolean(false) ? Reduce.Keep.STAY : Reduce.Keep.GO;
        int rank = keep == Reduce.Keep.STAY ? x.rank() : axes.isEmpty() ? 0 : x.rank() - axes.size();
        // In TensorFlow the mean of whole numbers is one.
        String numbers = of == Reduce.Of.MEAN && isKeras3() ? numbers(x.name()) : x.name();
        return one(call.node(new Reduce(of, axes, keep, Reduce.None.ALL), numbers), rank);
    }

    /** {@code x[:, -1, :]}: slices, single numbers, None and an ellipsis. */
    private List<Value> getItem() {
        Value x = tensor(0, "x", "tensor");
        JsonNode key = said(1, "key", "slice_spec");
        List<JsonNode> parts = new ArrayList<>();
        if (key.isArray()) {
            key.forEach(parts::add);
        } else {
            parts.add(key);
        }
        int axes = 0;
        for (JsonNode part : parts) {
            axes += isEllipsis(part) || part.isNull() ? 0 : 1;
        }
        List<Long> starts = new ArrayList<>();
        List<Long> ends = new ArrayList<>();
        List<Long> along = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        List<Long> gone = new ArrayList<>();
        List<Long> made = new ArrayList<>();
        long axis = 0;
        long result = 0;
        for (JsonNode part : parts) {
            if (isEllipsis(part)) {
                axis += x.rank() - axes;
                result += x.rank() - axes;
                continue;
            }
            if (part.isNull()) {
                made.add(result++);
                continue;
            }
            JsonNode slice = part.path("config").isObject() ? part.path("config") : part;
            if (part.isNumber()) {
                starts.add(part.asLong());
                ends.add(part.asLong() == -1 ? Long.MAX_VALUE / 2 : part.asLong() + 1);
                steps.add(1L);
                along.add(axis);
                gone.add(axis);
            } else if (slice.isObject() && (slice.has("start") || slice.has("stop") || slice.has("step"))) {
                long step = slice.path("step").asLong(1);
                starts.add(slice.path("start").asLong(step < 0 ? -1 : 0));
                ends.add(slice.path("stop").asLong(step < 0 ? Long.MIN_VALUE / 2 : Long.MAX_VALUE / 2));
                steps.add(step);
                along.add(axis);
                result++;
            } else {
                throw call.refused("takes a part by " + part + ", which is not computed");
            }
            axis++;
        }
        if (axis > x.rank()) {
            throw call.refused("takes a part of more axes than a value of " + x.rank() + " axes has");
        }
        String y = starts.isEmpty()
                ? x.name()
                : call.node(
                        Slice.byInputs(),
                        x.name(),
                        call.wholes(longs(starts)),
                        call.wholes(longs(ends)),
                        call.wholes(longs(along)),
                        call.wholes(longs(steps)));
        y = gone.isEmpty() ? y : call.node(new Squeeze(gone), y);
        y = made.isEmpty() ? y : call.node(new Unsqueeze(made), y);
        return one(y, x.rank() - gone.size() + made.size());
    }

    private static boolean isEllipsis(JsonNode part) {
        return part.path("class_name").asText().equals("__ellipsis__")
                || part.asText().equals("Ellipsis")
                || part.asText().equals("...");
    }

    private static long[] longs(List<Long> numbers) {
        return numbers.stream().mapToLong(number -> number).toArray();
    }
}
