/**
 * Readers of model files. A reader checks everything a text can get wrong and yields a {@link
 * org.ugmm.compiler.read.Model}; it builds no circuit.
 */
@NullMarked
package org.ugmm.compiler.read;

import org.jspecify.annotations.NullMarked;
