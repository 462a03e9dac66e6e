@NullMarked
package io.sparkrnn.sql;

import org.jspecify.annotations.NullMarked;
