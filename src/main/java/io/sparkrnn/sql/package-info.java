/**
 * Networks as functions of SQL, and so of everything that speaks SQL to Spark: {@link io.sparkrnn.sql.ModelCatalog}, which a
 * session is told of in its configuration.
 */
@NullMarked
package io.sparkrnn.sql;

import org.jspecify.annotations.NullMarked;
