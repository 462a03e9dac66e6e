package io.sparkrnn.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What the outputs of a graph are, found by what changes with the number of steps. */
public final class OutputForms {
    /** Numbers of steps to try a graph with: primes, so that no size of a network's own is one of them by chance. */
    private static final List<int[]> TRIED = List.of(new int[] {61, 67}, new int[] {509, 521});

    private OutputForms() {}

    /**
     * The forms of outputs, without those that have two axes of steps.
     *
     * @param graph whose outputs do not matter
     * @param names of the outputs
     * @param further numbers of steps to try where the usual ones do not go through: twice one that the graph is fixed to
     * @throws GraphException when the graph goes through for none of them, or no output is left
     */
    public static List<GraphOutput> of(Graph graph, List<String> names, List<int[]> further) {
        List<int[]> tried = new ArrayList<>(TRIED);
        tried.addAll(further);
        GraphException first = null;
        for (int[] steps : tried) {
            try {
                return of(graph, names, steps);
            } catch (GraphException e) {
                first = first == null ? e : first;
            }
        }
        throw first == null ? new GraphException("there is nothing to try") : first;
    }

    private static List<GraphOutput> of(Graph graph, List<String> names, int[] steps) {
        Outline few = Outline.of(graph, steps[0]);
        Outline many = steps[0] == steps[1] ? few : Outline.of(graph, steps[1]);
        List<GraphOutput> forms = new ArrayList<>();
        for (String name : names) {
            int[] a = few.shapes().get(name);
            int[] b = many.shapes().get(name);
            if (a == null || b == null) {
                throw new GraphException("no node gives the output '" + name + "'");
            }
            int axes = 0;
            int axis = -1;
            int width = 1;
            for (int d = 0; d < a.length; d++) {
                boolean ofSteps = steps[0] == steps[1] ? a[d] == steps[0] : a[d] != b[d];
                axes += ofSteps ? 1 : 0;
                axis = ofSteps ? d : axis;
                width *= ofSteps ? 1 : a[d];
            }
            if (width == 0) {
                throw new GraphException("the output '" + name + "' has no numbers: " + Arrays.toString(a));
            }
            if (axes < 2) {
                GraphOutput.Form form = axis < 0
                        ? GraphOutput.Form.OF_ROW
                        : a.length <= 2 && width == 1
                                ? GraphOutput.Form.NUMBER_OF_STEP
                                : GraphOutput.Form.NUMBERS_OF_STEP;
                forms.add(new GraphOutput(name, form, axis, width));
            }
        }
        if (forms.isEmpty()) {
            throw new GraphException("each of its outputs has two axes that count steps; a column has one at most");
        }
        return forms;
    }
}
