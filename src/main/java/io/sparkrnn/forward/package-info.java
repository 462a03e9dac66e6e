/**
 * The forward pass in float32: batches of sequences of any lengths, through layers and directions, on a kernel.
 *
 * <p>{@link io.sparkrnn.forward.ForwardPass} is the door. There are two ways through, and a sequence has the same bits on both:
 *
 * <table>
 * <caption>The classes of both ways</caption>
 * <tr><th></th><th>plain: by the kernel's operations, one after the other</th><th>fused: a whole cell at a time, where the
 * kernel has it ({@link io.sparkrnn.kernel.FusedCell})</th></tr>
 * <tr><td>a network</td><td>PlainPass</td><td>FusedPass, FusedFewPass</td></tr>
 * <tr><td>one direction, many sequences side by side</td><td>PlainDirection</td><td>FusedDirection</td></tr>
 * <tr><td>one direction, one sequence; fused: up to six</td><td>PlainSingleDirection</td><td>in the kernel itself</td></tr>
 * <tr><td>weights</td><td>PlainWeights</td><td>in the fused cell</td></tr>
 * <tr><td>memory</td><td>Workspace</td><td>BlockGroup</td></tr>
 * </table>
 *
 * <p>Cells that PyTorch does not have go the plain way, with VariantGateMath in place of GateMath. What both ways share:
 * SequenceBatch holds the features and initial states of a batch; Grouping says which sequences go side by side in a Block and
 * which do not; RowsTranspose and BlockTranspose put sequences side by side; StateTarget is where a layer's hidden states go,
 * OutputLayout how those of the last layer lie there.
 */
@NullMarked
package io.sparkrnn.forward;

import org.jspecify.annotations.NullMarked;
