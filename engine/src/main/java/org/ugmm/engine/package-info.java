@NullMarked
package org.ugmm.engine;

import org.jspecify.annotations.NullMarked;
