/**
 * The kernels without vectors, a file a family: plain loops over rows and units. They answer where
 * the Vector API is not there, are the slow twin that the tests hold the SIMD kernels to, and do
 * what a vector would be too wide for.
 *
 * <p>Float twins of the classes named {@code ScalarDouble...} are derived at build.
 */
@NullMarked
package org.ugmm.engine.kernel.scalar;

import org.jspecify.annotations.NullMarked;
