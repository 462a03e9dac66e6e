package io.sparkrnn.format.onnx;

import io.sparkrnn.format.onnx.OnnxGraph.Attribute;
import io.sparkrnn.format.onnx.OnnxOperatorTable.OnnxProblem;
import io.sparkrnn.format.onnx.OnnxValue.Constant;
import io.sparkrnn.format.onnx.OnnxValue.Fill;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.operator.Body;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.FirstSteps;
import io.sparkrnn.graph.operator.Identity;
import io.sparkrnn.graph.operator.If;
import io.sparkrnn.graph.operator.Loop;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.Scan;
import io.sparkrnn.graph.operator.Slice;
import io.sparkrnn.graph.operator.Split;
import io.sparkrnn.graph.operator.Squeeze;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Unsqueeze;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a file as those of a graph that is run. Names of a body are told apart from those around it by what stands before
 * them; its constants are the graph's. A list of arrays (a sequence, in ONNX's words) is known by its parts, and no value.
 */
final class OnnxNodes {
    private static final int MOST_NESTED = 16;
    private static final int MOST_PARTS = 10_000;

    /** Operators of lists of arrays, and how many values they take at least. */
    private static final Map<String, Integer> LISTS = Map.of(
            "SequenceEmpty",
            0,
            "SequenceConstruct",
            1,
            "SequenceInsert",
            2,
            "SequenceLength",
            1,
            "SplitToSequence",
            1,
            "SequenceAt",
            2,
            "ConcatFromSequence",
            1);

    private final String file;
    private final long opset;
    private final OnnxFiles files;
    private final IdentityHashMap<OnnxGraph.Node, OnnxRecurrent> recurrent = new IdentityHashMap<>();
    private final IdentityHashMap<OnnxRecurrent, Node> recurrentMade = new IdentityHashMap<>();
    private final Map<String, Tensor> constants;
    private final Map<String, List<String>> lists = new HashMap<>();
    private final Map<String, Pieces> pieces = new HashMap<>();
    private boolean halves;
    private int bodies;
    private int made;

    /** A list of the parts of an array of an axis' size that nobody knows. */
    private record Pieces(String source, long axis, long size, boolean keeps) {}

    /** @param constants gets those of nodes and bodies */
    OnnxNodes(String file, long opset, OnnxTrace trace, OnnxFiles files, Map<String, Tensor> constants) {
        this.file = file;
        this.opset = opset;
        this.files = files;
        this.constants = constants;
        trace.recurrent().forEach(found -> recurrent.put(found.node(), found));
    }

    /** What was made of a recurrent node; null of one that no output needs, or in the body of another. */
    @Nullable
    Node made(OnnxRecurrent node) {
        return recurrentMade.get(node);
    }

    /** Whether something is of float16, which is computed as float32 here. */
    boolean hasHalves() {
        return halves;
    }

    /** Whether a value is a list of arrays. */
    boolean isList(String name) {
        return lists.containsKey(name) || pieces.containsKey(name);
    }

    /** What a node takes: its inputs, and what the bodies that it has take from around them. */
    static Set<String> taken(OnnxGraph.Node node) {
        Set<String> taken = new LinkedHashSet<>(node.inputs());
        for (Attribute attribute : node.attributes().values()) {
            attribute.graphs().forEach(body -> taken.addAll(free(body)));
        }
        return taken;
    }

    private static Set<String> free(OnnxGraph body) {
        Set<String> free = new LinkedHashSet<>(body.outputs());
        body.nodes().forEach(node -> free.addAll(taken(node)));
        free.removeAll(body.initializers().keySet());
        body.inputs().forEach(input -> free.remove(input.name()));
        body.nodes().forEach(node -> node.outputs().forEach(free::remove));
        return free;
    }

    /** What the names of a body mean. */
    private record Scope(Map<String, String> own, @Nullable Scope around, int depth) {
        String of(String name) {
            for (Scope scope = this; scope != null; scope = scope.around) {
                String meant = scope.own.get(name);
                if (meant != null) {
                    return meant;
                }
            }
            return name;
        }

        List<String> of(List<String> names) {
            return names.stream().map(this::of).toList();
        }
    }

    /** Adds a node of the graph itself. */
    void add(OnnxGraph.Node node, List<Node> to) {
        add(node, new Scope(Map.of(), null, 0), to);
    }

    private void add(OnnxGraph.Node node, Scope scope, List<Node> to) {
        if (node.isRecurrent()) {
            recurrent(node, scope, to);
            return;
        }
        List<String> inputs = scope.of(node.inputs());
        List<String> outputs = scope.of(node.outputs());
        String title = node.title();
        if (outputs.isEmpty() || outputs.stream().allMatch(String::isEmpty)) {
            return;
        }
        if (!node.isStandard()) {
            to.add(new Node(title, OnnxOperatorTable.of(node, opset), inputs, outputs));
            return;
        }
        switch (node.opType()) {
            case "Constant" -> constants.put(outputs.get(0), constantOf(node));
            case "If", "Loop", "Scan" -> {
                List<String> taken = new ArrayList<>(inputs);
                Operator operator = bodied(node, scope, taken);
                to.add(new Node(title, operator, taken, outputs));
            }
            default -> {
                if (!ofList(node, inputs, outputs, to)) {
                    String type = OnnxTensor.typeName(node.number("to", 0));
                    halves |= node.opType().equals("Cast") && (type.equals("FLOAT16") || type.equals("BFLOAT16"));
                    to.add(new Node(title, OnnxOperatorTable.of(node, opset), inputs, outputs));
                }
            }
        }
    }

    // ---- constants ----

    Tensor constant(OnnxTensor tensor) {
        if (tensor.dtype() == null) {
            throw new OnnxProblem("the tensor '" + tensor.name() + "' is of type " + tensor.typeName()
                    + ", which is not computed with");
        }
        halves |= tensor.dtype() == DType.FLOAT16 || tensor.dtype() == DType.BFLOAT16;
        Tensor loaded = tensor.load(files).tensor();
        if (tensor.dtype() == DType.FLOAT32 && tensor.shape().rank() == 0) {
            // No weight: a number of an equation.
            return Tensor.ofDoubles(Shape.of(), OnnxOperatorTable.decimal(loaded.toFloats()[0]));
        }
        return loaded;
    }

    private Tensor constantOf(OnnxGraph.Node node) {
        for (Map.Entry<String, Attribute> entry : node.attributes().entrySet()) {
            Attribute value = entry.getValue();
            OnnxTensor tensor = value.tensor();
            switch (entry.getKey()) {
                case "value" -> {
                    if (tensor != null) {
                        return constant(tensor);
                    }
                }
                case "value_int" -> {
                    return wholes(Shape.of(), List.of(value.number()));
                }
                case "value_ints" -> {
                    return wholes(Shape.of(value.numbers().size()), value.numbers());
                }
                case "value_float" -> {
                    return Tensor.ofDoubles(Shape.of(), OnnxOperatorTable.decimal(value.real()));
                }
                case "value_floats" -> {
                    float[] floats = new float[value.reals().size()];
                    for (int i = 0; i < floats.length; i++) {
                        floats[i] = value.reals().get(i);
                    }
                    return Tensor.ofFloats(Shape.of(floats.length), floats);
                }
                default -> {}
            }
        }
        throw problem(node, "is a constant of no number");
    }

    private static OnnxProblem problem(OnnxGraph.Node node, String what) {
        return new OnnxProblem(node + " (at byte " + node.at() + ") " + what);
    }

    static Tensor wholes(Shape shape, List<Long> values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        values.forEach(bytes::putLong);
        return Tensor.of(DType.INT64, shape, bytes.array());
    }

    private String wholes(OnnxGraph.Node node, Long... values) {
        String name = node.title() + "#" + ++made;
        constants.put(name, wholes(Shape.of(values.length), List.of(values)));
        return name;
    }

    // ---- recurrent nodes ----

    /**
     * A recurrent node: X and perhaps states in, Y and states out; with layout 1 the sequence's axis is turned first. With
     * sequence_lens it goes over the first steps, and Y is zero behind them.
     */
    private void recurrent(OnnxGraph.Node node, Scope scope, List<Node> to) {
        OnnxRecurrent found = recurrent.get(node);
        if (found == null) {
            throw problem(node, "is in the body of another node, and is not found there");
        }
        List<DirectionWeights> weights = OnnxWeights.of(file, found, new HashSet<>());
        Layer layer = weights.size() == 2
                ? new Layer(weights.get(0), weights.get(1))
                : found.direction().equals("reverse")
                        ? new Layer(null, weights.get(0))
                        : new Layer(weights.get(0), null);
        String title = node.title();
        String mark = title + (scope.around() == null ? "" : "#" + ++made);
        String x = scope.of(node.input(0));
        List<String> outputs = new ArrayList<>(scope.of(node.outputs()));
        if (found.batchFirst()) {
            to.add(new Node(title, Transpose.of(1, 0, 2), List.of(x), List.of(mark + "/X")));
            x = mark + "/X";
            outputs.replaceAll(name -> name.isEmpty() ? name : name + "/steps first");
        }
        String lengths = scope.of(node.input(4));
        String steps = x;
        List<String> results = new ArrayList<>(outputs);
        if (!lengths.isEmpty()) {
            to.add(new Node(title, new FirstSteps(), List.of(x, lengths), List.of(mark + "/first")));
            steps = mark + "/first";
            if (!outputs.isEmpty() && !outputs.get(0).isEmpty()) {
                results.set(0, mark + "/of the first");
            }
        }
        Node own = new Node(
                title,
                new Recurrent(RnnModel.of(List.of(layer))),
                List.of(steps, state(found, 5, scope), state(found, 6, scope)),
                results);
        to.add(own);
        if (scope.around() == null) {
            recurrentMade.put(found, own);
        }
        if (!lengths.isEmpty() && !outputs.isEmpty() && !outputs.get(0).isEmpty()) {
            to.add(new Node(title, new FirstSteps.Back(), List.of(results.get(0), x), List.of(outputs.get(0))));
        }
        for (int o = 0; found.batchFirst() && o < outputs.size(); o++) {
            if (!outputs.get(o).isEmpty()) {
                to.add(new Node(
                        title,
                        o == 0 ? Transpose.of(2, 0, 1, 3) : Transpose.of(1, 0, 2),
                        List.of(outputs.get(o)),
                        List.of(scope.of(node.outputs().get(o)))));
            }
        }
    }

    /** The name of the states that a node is given; empty where they are constants, which are among its weights. */
    private static String state(OnnxRecurrent node, int index, Scope scope) {
        OnnxValue value = node.input(index);
        return value == null || value instanceof Fill || value instanceof Constant
                ? ""
                : scope.of(node.node().input(index));
    }

    // ---- nodes with bodies ----

    /** @param taken the node's inputs; gets what its bodies take from around them */
    private Operator bodied(OnnxGraph.Node node, Scope scope, List<String> taken) {
        switch (node.opType()) {
            case "If" -> {
                Body yes = body(node, "then_branch", scope);
                Body no = body(node, "else_branch", scope);
                If branches = new If(yes, no);
                taken.addAll(branches.around());
                return branches;
            }
            case "Loop" -> {
                Body body = body(node, "body", scope);
                // Optional inputs at the end may be missing altogether.
                while (taken.size() < 2) {
                    taken.add("");
                }
                int carried = taken.size() - 2;
                taken.addAll(body.around());
                return new Loop(body, carried);
            }
            default -> {
                if (opset < 9) {
                    throw problem(node, "is of an opset before 9, in which it goes over batches");
                }
                Body body = body(node, "body", scope);
                int parts = (int) Math.max(0, Math.min(1 << 10, node.number("num_scan_inputs", 0)));
                int states = taken.size() - parts;
                int kept = body.outputs().size() - states;
                Operator scan = new Scan(
                        body,
                        states,
                        ways(node, "scan_input_axes", "scan_input_directions", parts),
                        ways(node, "scan_output_axes", "scan_output_directions", kept));
                taken.addAll(body.around());
                return scan;
            }
        }
    }

    private static List<Scan.Way> ways(OnnxGraph.Node node, String axes, String directions, int count) {
        List<Long> along = node.numbers(axes);
        List<Long> turned = node.numbers(directions);
        List<Scan.Way> ways = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean backward = turned != null && i < turned.size() && turned.get(i) == 1;
            ways.add(new Scan.Way(
                    along != null && i < along.size() ? along.get(i) : 0,
                    backward ? Scan.Direction.BACKWARD : Scan.Direction.FORWARD));
        }
        return ways;
    }

    private Body body(OnnxGraph.Node node, String attribute, Scope around) {
        Attribute found = node.attributes().get(attribute);
        if (found == null || found.graphs().size() != 1 || around.depth() >= MOST_NESTED) {
            throw problem(node, "has no " + attribute + ", or one nested more than " + MOST_NESTED + " deep");
        }
        OnnxGraph graph = found.graphs().get(0);
        String prefix = node.title() + "#" + ++bodies + "/";
        Map<String, String> own = new HashMap<>();
        graph.initializers().forEach((name, tensor) -> {
            own.put(name, prefix + name);
            constants.put(prefix + name, constant(tensor));
        });
        graph.inputs().forEach(input -> own.put(input.name(), prefix + input.name()));
        graph.nodes()
                .forEach(each -> each.outputs().forEach(name -> {
                    if (!name.isEmpty()) {
                        own.put(name, prefix + name);
                    }
                }));
        Scope scope = new Scope(own, around, around.depth() + 1);
        List<Node> nodes = new ArrayList<>();
        graph.nodes().forEach(each -> add(each, scope, nodes));
        Set<String> free = new LinkedHashSet<>();
        List<String> outputs = scope.of(graph.outputs());
        nodes.forEach(each -> free.addAll(each.inputs()));
        free.addAll(outputs);
        free.remove("");
        List<String> inputs = graph.inputs().stream()
                .map(input -> scope.of(input.name()))
                .filter(name -> !constants.containsKey(name))
                .toList();
        inputs.forEach(free::remove);
        nodes.forEach(each -> each.outputs().forEach(free::remove));
        return new Body(inputs, nodes, outputs, List.copyOf(free));
    }

    // ---- lists of arrays ----

    /** Whether a node is of a list of arrays; then it is taken apart here. */
    private boolean ofList(OnnxGraph.Node node, List<String> inputs, List<String> outputs, List<Node> to) {
        String title = node.title();
        Integer least = LISTS.get(node.opType());
        if (least == null) {
            return false;
        }
        if (inputs.size() < least || inputs.subList(0, least).contains("")) {
            throw problem(node, "takes " + inputs.size() + " values; expected " + least);
        }
        switch (node.opType()) {
            case "SequenceEmpty" -> lists.put(outputs.get(0), List.of());
            case "SequenceConstruct" -> lists.put(outputs.get(0), inputs);
            case "SequenceInsert" -> {
                List<String> longer = new ArrayList<>(list(node, inputs.get(0)));
                Long at = inputs.size() > 2 ? number(inputs.get(2)) : Long.valueOf(longer.size());
                int place = at == null ? -1 : (int) (at < 0 ? at + longer.size() : at);
                if (place < 0 || place > longer.size() || longer.size() >= MOST_PARTS) {
                    throw problem(node, "puts an array at a place of a list that is computed, or is none");
                }
                longer.add(place, inputs.get(1));
                lists.put(outputs.get(0), List.copyOf(longer));
            }
            case "SequenceLength" -> {
                constants.put(outputs.get(0), wholes(Shape.of(), List.of((long)
                        list(node, inputs.get(0)).size())));
            }
            case "SplitToSequence" -> split(node, inputs, outputs, to);
            case "SequenceAt" -> at(node, inputs, outputs, to);
            default -> {
                List<String> parts = list(node, inputs.get(0));
                long axis = node.number("axis", 0);
                List<String> joined = new ArrayList<>();
                for (String part : parts) {
                    if (node.number("new_axis", 0) == 1) {
                        String name = title + "#" + ++made;
                        to.add(new Node(title, new Unsqueeze(List.of(axis)), List.of(part), List.of(name)));
                        joined.add(name);
                    } else {
                        joined.add(part);
                    }
                }
                to.add(new Node(title, new Concat(axis), joined, outputs));
            }
        }
        return true;
    }

    private List<String> list(OnnxGraph.Node node, String name) {
        List<String> list = lists.get(name);
        if (list == null) {
            throw problem(
                    node,
                    "takes a list of arrays whose length is not known before a row is computed. Export the model so"
                            + " that it joins arrays (torch.stack, torch.cat) where they are made");
        }
        return list;
    }

    /** A constant number; null when it is none. */
    private @Nullable Long number(String name) {
        Tensor tensor = constants.get(name);
        return tensor == null
                        || tensor.shape().elements() != 1
                        || tensor.dtype().isWeight()
                ? null
                : Long.valueOf(tensor.toLongs()[0]);
    }

    private void split(OnnxGraph.Node node, List<String> inputs, List<String> outputs, List<Node> to) {
        Tensor sizes = inputs.size() > 1 && !inputs.get(1).isEmpty() ? constants.get(inputs.get(1)) : null;
        boolean said = inputs.size() > 1 && !inputs.get(1).isEmpty();
        long axis = node.number("axis", 0);
        if (said && sizes != null && sizes.shape().rank() == 1 && sizes.shape().elements() <= MOST_PARTS) {
            List<String> parts = new ArrayList<>();
            for (int i = 0; i < sizes.shape().elements(); i++) {
                parts.add(outputs.get(0) + "#" + i);
            }
            to.add(new Node(
                    node.title(),
                    new Split(axis, List.of(), parts.size()),
                    List.of(inputs.get(0), inputs.get(1)),
                    parts));
            lists.put(outputs.get(0), List.copyOf(parts));
            return;
        }
        Long size = said ? number(inputs.get(1)) : Long.valueOf(1);
        if (size == null || size < 1) {
            throw problem(node, "takes an array apart by sizes that are computed");
        }
        pieces.put(outputs.get(0), new Pieces(inputs.get(0), axis, size, said || node.number("keepdims", 1) == 1));
    }

    private void at(OnnxGraph.Node node, List<String> inputs, List<String> outputs, List<Node> to) {
        Long index = number(inputs.get(1));
        Pieces found = pieces.get(inputs.get(0));
        if (index == null) {
            throw problem(node, "takes an array of a list by an index that is computed");
        }
        if (found == null) {
            List<String> parts = list(node, inputs.get(0));
            long place = index < 0 ? index + parts.size() : index;
            if (place < 0 || place >= parts.size()) {
                throw problem(node, "takes array " + index + " of a list of " + parts.size());
            }
            to.add(new Node(node.title(), new Identity(), List.of(parts.get((int) place)), outputs));
            return;
        }
        if (index < 0 && found.size() != 1) {
            throw problem(node, "takes parts of " + found.size() + " from the end, of an axis whose size is not known");
        }
        long from = index * found.size();
        long end = index == -1 ? Long.MAX_VALUE : from + found.size();
        String piece = found.keeps() ? outputs.get(0) : node.title() + "#" + ++made;
        to.add(new Node(
                node.title(),
                Slice.byInputs(),
                List.of(found.source(), wholes(node, from), wholes(node, end), wholes(node, found.axis())),
                List.of(piece)));
        if (!found.keeps()) {
            to.add(new Node(node.title(), new Squeeze(List.of(found.axis())), List.of(piece), outputs));
        }
    }
}
