/**
 * The kernels on vectors of the incubating Vector API, a file a family. Nothing else in the engine
 * links to that API: {@link org.ugmm.engine.kernel.Kernels} loads this package by name where it is
 * usable. Each kernel extends the scalar one and leaves to it what has too few rows or units.
 *
 * <p>Float twins of the classes named {@code VectorDouble...} are derived at build.
 */
@NullMarked
package org.ugmm.engine.kernel.simd;

import org.jspecify.annotations.NullMarked;
