/** The kernel in plain Java: loops that the JIT compiler turns into vector instructions on any processor. */
@NullMarked
package io.sparkrnn.kernel.portable;

import org.jspecify.annotations.NullMarked;
