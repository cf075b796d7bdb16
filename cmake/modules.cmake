# The arrow table: one folder = one library target = one namespace.
#
# A module may include its own headers and those of the modules named here (already transitively
# closed: what is not written is forbidden). The same table is read by tests/tidy/arrows.py, so a
# forbidden include fails both at configure time and as a test.
#
# `*_api.cpp` builds into <module>_api; only it (and app) may include http/.
# `*_test.cpp` beside a source builds into the module's unit test; anything in tests/<module>/*.cpp too.

set(GUIQIAO_MODULES
    base store http search format party workflow indicator catalog match contract trade programme exchange app)

set(ARROWS_base "")
set(ARROWS_store base)
set(ARROWS_http base)
set(ARROWS_search base)
set(ARROWS_format base)
set(ARROWS_party store base)
set(ARROWS_workflow party store base)
set(ARROWS_indicator party store base format)
set(ARROWS_catalog workflow indicator party search store base)
set(ARROWS_match catalog workflow indicator party search store base)
set(ARROWS_contract catalog workflow indicator party format store base)
set(ARROWS_trade contract catalog workflow indicator party store base)
set(ARROWS_programme catalog workflow indicator party format store base)
set(ARROWS_exchange trade match contract catalog format workflow indicator party search store base)
set(ARROWS_app ${GUIQIAO_MODULES})

# Only app and `*_api.cpp` see http; `*_api.cpp` may also use format (downloads) whatever the module.
set(ARROWS_API_EXTRA http format)

# Third-party libraries of each module (docs/dependencies.md gives the reason for each).
set(LIBRARIES_base PkgConfig::SODIUM OpenSSL::Crypto ICU::uc ICU::i18n yaml-cpp fmt::fmt spdlog::spdlog boost_json opencc)
set(LIBRARIES_store SOCI_CORE SOCI_SQLITE3 SOCI_POSTGRESQL SQLite::SQLite3 PkgConfig::PQ Threads::Threads)
set(LIBRARIES_http boost_url OpenSSL::SSL ZLIB::ZLIB Threads::Threads)
set(LIBRARIES_search ICU::uc ICU::i18n)
set(LIBRARIES_format PkgConfig::PANGOCAIRO PkgConfig::QRENCODE PkgConfig::MINIZIP xlsxwriter jpeg pugixml ZLIB::ZLIB)
set(LIBRARIES_app CLI11::CLI11 CURL::libcurl)

# Checks every `#include "module/..."` line of `file` against the allowed list.
function(check_includes file module allowed)
    file(STRINGS "${file}" lines REGEX "^#include \"[a-z_]+/")
    foreach(line IN LISTS lines)
        string(REGEX REPLACE "^#include \"([a-z_]+)/.*" "\\1" target "${line}")
        if(target IN_LIST GUIQIAO_MODULES AND NOT target IN_LIST allowed)
            message(FATAL_ERROR "${file}: ${module} may not include ${target}/ (see cmake/modules.cmake)")
        endif()
    endforeach()
endfunction()

function(add_module module)
    set(folder ${CMAKE_SOURCE_DIR}/src/${module})
    file(GLOB headers CONFIGURE_DEPENDS ${folder}/*.h)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    file(GLOB api_sources CONFIGURE_DEPENDS ${folder}/*_api.cpp)
    file(GLOB test_sources CONFIGURE_DEPENDS ${folder}/*_test.cpp ${CMAKE_SOURCE_DIR}/tests/${module}/*.cpp)
    if(NOT sources)
        return()
    endif()
    list(REMOVE_ITEM sources ${api_sources} ${test_sources} ${folder}/main.cpp)
    set(api_headers ${headers})
    list(FILTER api_headers INCLUDE REGEX "_api\\.h$")
    list(REMOVE_ITEM headers ${api_headers})

    set(allowed ${module} ${ARROWS_${module}})
    foreach(file IN LISTS headers sources)
        check_includes(${file} ${module} "${allowed}")
    endforeach()
    foreach(file IN LISTS api_headers api_sources)
        check_includes(${file} ${module}_api "${allowed};${ARROWS_API_EXTRA}")
    endforeach()

    set(links "")
    foreach(arrow IN LISTS ARROWS_${module})
        if(TARGET ${arrow})
            list(APPEND links ${arrow})
        endif()
        if(module STREQUAL app AND TARGET ${arrow}_api)
            list(APPEND links ${arrow}_api)
        endif()
    endforeach()
    if(sources)
        add_library(${module} STATIC ${sources})
        target_include_directories(${module} PUBLIC ${CMAKE_SOURCE_DIR}/src)
        target_link_libraries(${module} PUBLIC ${links} ${LIBRARIES_${module}} guiqiao_options)
    endif()
    if(api_sources)
        add_library(${module}_api STATIC ${api_sources})
        set(api_links "")
        foreach(arrow IN LISTS ARROWS_${module})
            if(TARGET ${arrow}_api)
                list(APPEND api_links ${arrow}_api)
            endif()
        endforeach()
        target_link_libraries(${module}_api PUBLIC ${module} ${api_links} http format guiqiao_options)
    endif()
    if(test_sources AND GUIQIAO_TESTS)
        add_executable(${module}_test ${test_sources})
        target_include_directories(${module}_test PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/tests)
        target_link_libraries(${module}_test PRIVATE ${module} GTest::gmock GTest::gtest_main rapidcheck guiqiao_options)
        if(TARGET ${module}_api)
            target_link_libraries(${module}_test PRIVATE ${module}_api)
        endif()
        target_compile_definitions(${module}_test PRIVATE GUIQIAO_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
        add_test(NAME ${module}_test COMMAND ${module}_test)
        set_tests_properties(${module}_test PROPERTIES WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
            ENVIRONMENT "RC_PARAMS=seed=20171101") # property tests repeat: one fixed seed
    endif()
endfunction()
