package io.sparkrnn.spark.result;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.model.Precision;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.jspecify.annotations.Nullable;

/** An output of a whole network. */
public final class GraphResult extends Result {
    private final Engine engine;
    private final GraphOutput form;
    private final int output;
    private final Precision size;
    private final @Nullable ScoreSpread spread;

    /** @param output its place among the network's */
    public GraphResult(Engine engine, GraphOutput form, int output) {
        super(form.name(), form.isWhole() ? ArrayImage.ofWholes() : new ArrayImage(engine.precision()));
        this.engine = engine;
        this.form = form;
        this.output = output;
        size = form.size(engine.precision());
        spread = form.isWhole() ? null : ScoreSpread.of(form);
        if (form.form() == GraphOutput.Form.OF_ROW) {
            image.toRow(form.width());
        }
    }

    @Override
    public void put(int sequence) {
        int steps = steps(sequence);
        switch (form.form()) {
            case OF_ROW -> {
                // as it was made
            }
            case NUMBER_OF_STEP, LIST_OF_ROW -> image.toList(steps);
            case NUMBERS_OF_STEP -> image.toMatrix(steps, form.width());
        }
        engine.copyOutput(output, sequence, image.bytes(), first(steps), stride());
        if (spread != null) {
            spread.add(image, first(steps), stride(), steps, size.byteSize());
        }
    }

    /** How many steps it has for a sequence, or items of a list; 1 of an output of the row. */
    public int steps(int sequence) {
        return form.form() == GraphOutput.Form.OF_ROW ? 1 : engine.outputSteps(output, sequence);
    }

    /** The byte of the first number, where there are so many steps. */
    public int first(int steps) {
        return switch (form.form()) {
            case OF_ROW -> NestedArray.rowHeader(form.width());
            case NUMBER_OF_STEP, LIST_OF_ROW -> NestedArray.rowHeader(steps);
            case NUMBERS_OF_STEP -> NestedArray.firstNumber(steps, form.width());
        };
    }

    /** The bytes from one step's first number to the next one's. */
    public int stride() {
        return form.form() == GraphOutput.Form.NUMBERS_OF_STEP
                ? NestedArray.stride(form.width(), size)
                : size.byteSize();
    }

    @Override
    public UnsafeArrayData ofStep(int step) {
        if (form.form() != GraphOutput.Form.NUMBER_OF_STEP) {
            return super.ofStep(step);
        }
        UnsafeArrayData all = image.array();
        if (form.isWhole()) {
            return UnsafeArrayData.fromPrimitiveArray(new long[] {all.getLong(step)});
        }
        return size == Precision.FLOAT32
                ? UnsafeArrayData.fromPrimitiveArray(new float[] {all.getFloat(step)})
                : UnsafeArrayData.fromPrimitiveArray(new double[] {all.getDouble(step)});
    }

    /** How many numbers it has at a step, or of the row. */
    public int numbersEach() {
        return form.numbersEach();
    }

    /** Whether it has whole numbers, which are no scores. */
    public boolean isWhole() {
        return form.isWhole();
    }

    @Override
    public @Nullable ScoreSpread spread() {
        return spread;
    }
}
