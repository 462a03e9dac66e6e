package io.sparkrnn.job.verify;

import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the numbers of each row are in a tensor of several rows, as the framework takes or gives it: beside the array that a
 * graph has of one row, it has B where that has a batch of one.
 *
 * <pre>
 *   of one row         of B rows
 *   [1, T, C]          [B, T, C]; [T, C] of one row; [B, T] if C = 1
 *   [T, 1, C]          [T, B, C]
 *   [1, C, T]          [B, C, T]
 *   [1, C]             [B, C]; [C] of one row; [B] if C = 1
 *   [T, C]             [B, T, C]; [T, C] of one row
 * </pre>
 *
 * @param rows B
 * @param steps T; 0 of what has no axis of steps
 * @param rowStride from one row's first number to the next one's
 * @param stepStride the same of a step; 0 without
 * @param columns where the numbers of a step are, from its first on, in their order; or of a row
 */
record TensorRows(int rows, int steps, int rowStride, int stepStride, int[] columns) {
    /**
     * The ways in which a tensor may have the rows, the likeliest first; empty when there is none.
     *
     * @param axes the sizes of the array of one row, {@link GraphInput#STEPS} where the steps are counted
     */
    static List<TensorRows> of(Shape tensor, List<Integer> axes) {
        List<TensorRows> found = new ArrayList<>();
        int rank = axes.size();
        if (tensor.elements() == 0 || tensor.elements() > Integer.MAX_VALUE) {
            return found;
        }
        int[] sizes = new int[tensor.rank()];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = (int) tensor.size(i);
        }
        if (sizes.length == rank) {
            for (int batch = 0; batch < rank; batch++) {
                if (axes.get(batch) == 1 && fits(sizes, 0, with(axes, batch, sizes[batch]))) {
                    found.add(within(axes, sizes, batch));
                }
            }
            if (fits(sizes, 0, axes)) {
                found.add(within(axes, sizes, -1));
            }
        }
        if (sizes.length == rank + 1 && fits(sizes, 1, axes)) {
            found.add(behind(axes, sizes[0], steps(axes, sizes, 1)));
        }
        if (sizes.length == rank - 1) {
            for (int dropped = 0; dropped < rank; dropped++) {
                List<Integer> less = new ArrayList<>(axes);
                less.remove(dropped);
                if (axes.get(dropped) == 1 && fits(sizes, 0, less)) {
                    found.add(behind(axes, 1, steps(less, sizes, 0)));
                }
            }
        }
        table(sizes, axes, found);
        return found;
    }

    /** [B, T, C], or [B, C], whatever axes of one there are besides. */
    private static void table(int[] sizes, List<Integer> axes, List<TensorRows> found) {
        int stepsAxis = axes.indexOf(GraphInput.STEPS);
        for (int before = 0; before < stepsAxis; before++) {
            if (axes.get(before) != 1) {
                return;
            }
        }
        int width = width(axes);
        List<Integer> flat = stepsAxis < 0 ? List.of(width) : List.of(GraphInput.STEPS, width);
        for (List<Integer> row : width == 1 ? List.of(flat, flat.subList(0, flat.size() - 1)) : List.of(flat)) {
            if (sizes.length == row.size() + 1 && fits(sizes, 1, row)) {
                found.add(behind(axes, sizes[0], steps(row, sizes, 1)));
            }
            if (sizes.length == row.size() && fits(sizes, 0, row)) {
                found.add(behind(axes, 1, steps(row, sizes, 0)));
            }
        }
    }

    private static int width(List<Integer> axes) {
        return axes.stream().filter(size -> size != GraphInput.STEPS).reduce(1, (a, b) -> a * b);
    }

    private static List<Integer> with(List<Integer> axes, int axis, int size) {
        List<Integer> changed = new ArrayList<>(axes);
        changed.set(axis, size);
        return changed;
    }

    private static boolean fits(int[] sizes, int from, List<Integer> axes) {
        for (int i = 0; i < axes.size(); i++) {
            if (axes.get(i) != GraphInput.STEPS && axes.get(i) != sizes[from + i]) {
                return false;
            }
        }
        return true;
    }

    private static int steps(List<Integer> axes, int[] sizes, int from) {
        int axis = axes.indexOf(GraphInput.STEPS);
        return axis < 0 ? 0 : sizes[from + axis];
    }

    /** Rows one behind the other, each as the graph has it. */
    private static TensorRows behind(List<Integer> axes, int rows, int steps) {
        int[] strides = strides(with(axes, steps));
        return of(axes, rows, steps, width(axes) * Math.max(1, steps), strides);
    }

    /** Rows along one axis; -1 for one row. */
    private static TensorRows within(List<Integer> axes, int[] sizes, int batch) {
        int[] strides = strides(sizes);
        int steps = steps(axes, sizes, 0);
        return batch < 0 ? of(axes, 1, steps, 0, strides) : of(axes, sizes[batch], steps, strides[batch], strides);
    }

    private static int[] with(List<Integer> axes, int steps) {
        return axes.stream()
                .mapToInt(size -> size == GraphInput.STEPS ? steps : size)
                .toArray();
    }

    private static int[] strides(int[] sizes) {
        int[] strides = new int[sizes.length];
        int stride = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= sizes[i];
        }
        return strides;
    }

    private static TensorRows of(List<Integer> axes, int rows, int steps, int rowStride, int[] strides) {
        int[] columns = {0};
        int stepStride = 0;
        for (int i = 0; i < strides.length; i++) {
            if (axes.get(i) == GraphInput.STEPS) {
                stepStride = strides[i];
                continue;
            }
            int[] more = new int[columns.length * axes.get(i)];
            for (int c = 0; c < more.length; c++) {
                more[c] = columns[c / axes.get(i)] + c % axes.get(i) * strides[i];
            }
            columns = more;
        }
        return new TensorRows(rows, steps, rowStride, stepStride, columns);
    }

    /** Where a number is. */
    int at(int row, int step, int column) {
        return row * rowStride + step * stepStride + columns[column];
    }
}
