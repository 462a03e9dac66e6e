/**
 * The kernel in vectors of {@code jdk.incubator.vector}; the only place that imports it. Loaded only where it is there.
 *
 * <p>A {@code FloatVector} is an object like any other, until C2 has compiled the method it is used in and has inlined all that is
 * done with it; then it is a register. Where C2 stops short of one call, a hundredth of the speed is left, and the results are the
 * same: nothing tells but a clock. What the code here looks like comes from that:
 *
 * <ul>
 *   <li>Tiles ({@link io.sparkrnn.kernel.simd.Tile12x2} and its kin) are written out, a local variable for each sum, without methods,
 *       lambdas or arrays of vectors. A method of ours is not inlined any more behind 8,000 bytecodes, and a vector that passes
 *       a call is an object.
 *   <li>They are no larger than they are. C2 gives up on a method of some more operations, C1 on one of some more registers, and a
 *       method that either gave up on stays slow in that JVM for good. So a loop is not unrolled by hand, and a parameter more is
 *       to be measured.
 *   <li>An index is {@code offset + k * constant}. The check of such an index leaves the loop as long as C2 still sees a
 *       product: of a constant with two bits, such as 12, JDK 17 makes shifts first, and the check stays. {@link
 *       io.sparkrnn.kernel.simd.PackedMatrix} leaves a place free for that.
 *   <li>Behind a loop a sum is cast to the one class of vectors there is ({@link io.sparkrnn.kernel.simd.Species#VECTOR}), since C2 has
 *       forgotten it; and there is one width of vectors in a JVM, since with two it would know neither.
 *   <li>All operators run once before any of them is hot ({@link io.sparkrnn.kernel.simd.OperatorProfiles}): C2 would bet on the one
 *       that it has seen, lose, and then give up a tile. A new operator goes there, too.
 *   <li>Memory that is read all the time begins at a cache line ({@link io.sparkrnn.kernel.AlignedArray}).
 *   <li>Sums are of lanes, never across them, and in the order that {@link io.sparkrnn.kernel.Kernel} fixes.
 * </ul>
 *
 * <p>Who changes one of these runs {@code VectorBoxesTest}, which counts the bytes that a pass allocates in JVMs of their own and fails
 * where a vector became an object; {@code SameBitsTest} and {@code SameBitsEverywhereTest}, which hold bits against the portable kernel
 * in each width; and, for the speed, {@code KernelTable} (docs/performance.md), before and after in one run.
 */
@NullMarked
package io.sparkrnn.kernel.simd;

import org.jspecify.annotations.NullMarked;
