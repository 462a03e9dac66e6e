/** States of recurrent layers that go from run to run: those that rows begin with, those that are kept for a later run. */
@NullMarked
package io.sparkrnn.job.state;

import org.jspecify.annotations.NullMarked;
