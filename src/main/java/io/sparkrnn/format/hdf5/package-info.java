/**
 * Arrays and texts of HDF5 files, in which Keras keeps its weights.
 */
@NullMarked
package io.sparkrnn.format.hdf5;

import org.jspecify.annotations.NullMarked;
