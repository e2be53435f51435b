/**
 * Circuits on Apache Spark: {@link org.ugmm.spark.UgmmModel} answers questions about each row of a
 * table, {@link org.ugmm.spark.UgmmLearner} learns the parameters of a circuit from one. Both see
 * the engine alone; models are compiled, and structures found, elsewhere.
 */
@NullMarked
package org.ugmm.spark;

import org.jspecify.annotations.NullMarked;
