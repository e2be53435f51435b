/** The hash-consed graph that the passes work on, and the lowering of models into it. */
@NullMarked
package org.ugmm.compiler.graph;

import org.jspecify.annotations.NullMarked;
