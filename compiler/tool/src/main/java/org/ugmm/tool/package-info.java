/**
 * The command {@code ugmm}. {@link org.ugmm.tool.Main} starts it; each command is one file named
 * {@code ...Command} and one line in {@code Main}. The package may know the compiler and the engine
 * through their public types; nothing else may know it.
 */
@NullMarked
package org.ugmm.tool;

import org.jspecify.annotations.NullMarked;
