/**
 * What a run was like, in numbers and as a page. Tasks gather in a {@link io.sparkrnn.report.RunProfile}, of rows that a
 * {@link io.sparkrnn.report.RowSampler} chooses; the driver merges them, makes a {@link io.sparkrnn.report.RunMetrics} of
 * them, which is metrics.json, holds it against an earlier run's ({@link io.sparkrnn.report.Drift}) and draws it ({@link
 * io.sparkrnn.report.ReportPage}). Knows neither Spark nor anything else of ours.
 */
@NullMarked
package io.sparkrnn.report;

import org.jspecify.annotations.NullMarked;
