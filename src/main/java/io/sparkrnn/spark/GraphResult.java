package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.model.Precision;

/** An output of a whole network. */
final class GraphResult extends Result {
    private final Engine engine;
    private final GraphOutput form;
    private final int output;
    /** Whole numbers take as much room as those of float64. */
    private final Precision size;

    /** @param output its place among the network's */
    GraphResult(Engine engine, GraphOutput form, int output) {
        super(form.name(), form.isWhole() ? ArrayImage.ofWholes() : new ArrayImage(engine.precision()));
        this.engine = engine;
        this.form = form;
        this.output = output;
        size = form.isWhole() ? Precision.FLOAT64 : engine.precision();
        if (form.form() == GraphOutput.Form.OF_ROW) {
            image.toRow(form.width());
        }
    }

    @Override
    void put(int sequence) {
        int width = form.width();
        switch (form.form()) {
            case OF_ROW -> engine.copyOutput(output, sequence, image.bytes(), NestedArray.rowHeader(width), 0);
            case NUMBER_OF_STEP, LIST_OF_ROW -> {
                int steps = engine.outputSteps(output, sequence);
                image.toList(steps);
                engine.copyOutput(output, sequence, image.bytes(), NestedArray.rowHeader(steps), size.byteSize());
            }
            case NUMBERS_OF_STEP -> {
                int steps = engine.outputSteps(output, sequence);
                image.toMatrix(steps, width);
                engine.copyOutput(
                        output,
                        sequence,
                        image.bytes(),
                        NestedArray.firstNumber(steps, width),
                        NestedArray.stride(width, size));
            }
        }
    }
}
