@NullMarked
package org.ugmm.compiler;

import org.jspecify.annotations.NullMarked;
