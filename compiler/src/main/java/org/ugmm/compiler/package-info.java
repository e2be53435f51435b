/**
 * What a program embeds to read models: {@link org.ugmm.compiler.ModelCompiler} takes a model file
 * and {@link org.ugmm.compiler.CompileOptions}, and yields a {@link org.ugmm.compiler.Compilation}:
 * the circuit for the engine, the variables of the model, and what each pass did. The phases are
 * packages, in this order: {@code read} (one reader a format), {@code graph}, {@code passes},
 * {@code emit}. Knows the engine's circuit, no command line and no tables.
 */
@NullMarked
package org.ugmm.compiler;

import org.jspecify.annotations.NullMarked;
