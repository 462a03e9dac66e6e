/**
 * ONNX graphs: as messages of bytes, the recurrent nodes in them, and the whole of them. Begin with {@link
 * io.sparkrnn.format.onnx.Onnx}.
 */
@NullMarked
package io.sparkrnn.format.onnx;

import org.jspecify.annotations.NullMarked;
