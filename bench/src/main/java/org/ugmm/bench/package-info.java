/**
 * Benchmarks: JMH classes over a few fixed workloads, each checked against a reference before it is
 * timed, and {@link org.ugmm.bench.Report}, which runs a short selection and prints a table.
 */
@NullMarked
package org.ugmm.bench;

import org.jspecify.annotations.NullMarked;
