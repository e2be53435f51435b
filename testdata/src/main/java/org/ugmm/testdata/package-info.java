/**
 * Test support shared by the modules: plain descriptions of circuits, slow and obvious reference
 * answers for them, seeded random circuits, and the golden files. Nothing here knows the engine or
 * the compiler, so that both may check themselves against it.
 */
@NullMarked
package org.ugmm.testdata;

import org.jspecify.annotations.NullMarked;
