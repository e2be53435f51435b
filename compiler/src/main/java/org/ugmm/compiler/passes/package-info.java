/** The passes over the graph, one straight named list, and what each reports. */
@NullMarked
package org.ugmm.compiler.passes;

import org.jspecify.annotations.NullMarked;
