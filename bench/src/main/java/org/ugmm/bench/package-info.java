@NullMarked
package org.ugmm.bench;

import org.jspecify.annotations.NullMarked;
