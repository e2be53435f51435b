@NullMarked
package org.ugmm.testdata;

import org.jspecify.annotations.NullMarked;
