/** The kernels beside the libraries that people use today: libtorch, ONNX Runtime, OpenBLAS, EJML. Measurements only. */
@NullMarked
package io.sparkrnn.peers;

import org.jspecify.annotations.NullMarked;
