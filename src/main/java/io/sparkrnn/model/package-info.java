/** What a trained recurrent network is: its layers, their cells and weights. Immutable. */
@NullMarked
package io.sparkrnn.model;

import org.jspecify.annotations.NullMarked;
