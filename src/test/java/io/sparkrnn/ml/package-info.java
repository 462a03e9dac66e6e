@NullMarked
package io.sparkrnn.ml;

import org.jspecify.annotations.NullMarked;
